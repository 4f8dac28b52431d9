import Checkpoints
import JSON
import Testing

@Suite("safetensors files")
struct SafetensorsFileTests {
    private func golden() throws -> JSONObject { try JSONReader().read(Places.read(Places.fixtures + "/types.json")).object ?? [:] }

    /// Every element of every type against torch's own conversion to float32, bit for bit.
    @Test func everyTypeReadsAsTorchReadsIt() throws {
        let file = try SafetensorsFile(path: Places.fixtures + "/types.safetensors")
        #expect(file.metadata == ["format": "pt", "note": "é"])
        let golden = try golden()
        #expect(golden.count == 15 && file.tensors.count == 17)
        for (name, value) in golden {
            let expected = try #require(value.object)
            #expect(try file.entry(name)?.shape == expected.ints("shape"))
            #expect(try file.floats(name).map { Int($0.bitPattern) } == expected.ints("bits"), "\(name)")
        }
    }

    @Test func partsOfATensorAreReadAndGivenBack() throws {
        try Places.withFolder { folder in
            let path = folder + "/x.safetensors", values = (0..<1 << 20).map { Float($0) }
            try SafetensorsWriter().write(["a": .init(shape: [1 << 10, 1 << 10], floats: values)], to: path)
            let file = try SafetensorsFile(path: path)
            #expect(try file.floats("a", 0..<0).isEmpty)
            for start in stride(from: 0, to: 1 << 20, by: 1000) {
                let places = start..<min(start + 1000, 1 << 20)
                #expect(try file.floats("a", places) == Array(values[places]))
            }
            file.release()
            #expect(try Places.residentKilobytes(of: path) < 256)  // of 4096
            #expect(HandMade.complaint { try file.floats("a", 1 << 20..<(1 << 20) + 1) }?.item == "a")
        }
    }

    /// What has been copied does not stay resident, and can be read again.
    @Test func readTensorsAreNotResidentTwice() throws {
        try Places.withFolder { folder in
            let path = folder + "/x.safetensors", values = (0..<1 << 20).map { Float($0) }
            try SafetensorsWriter().write(["a": .init(shape: [1 << 20], floats: values)], to: path)
            let file = try SafetensorsFile(path: path)
            for _ in 0..<2 {
                #expect(try file.floats("a") == values)
                #expect(try Places.residentKilobytes(of: path) < 256)  // of 4096
            }
        }
    }

    @Test func integersAreExactAndNothingElseIsAnInteger() throws {
        let file = try SafetensorsFile(path: Places.fixtures + "/types.safetensors")
        #expect(try file.integers("i64") == [-1, 2, 1 << 53, -(1 << 62)])
        #expect(try file.integers("i32") == [Int(Int32.min), 16_777_217])
        #expect(try file.integers("i16") == [-32768, 7])
        #expect(try file.integers("i8") == [-128, 127, 3])
        #expect(try file.integers("u8") == [0, 255, 1])
        #expect(try file.integers("u16") == [0, 65535])
        #expect(try file.integers("u32") == [0, 4_294_967_295])
        #expect(try file.integers("u64") == [0, 1 << 62])
        #expect(try file.integers("bool") == [1, 0, 1])
        #expect(HandMade.complaint { try file.integers("f32") }?.got == "F32")
        #expect(HandMade.complaint { try file.floats("c64") }?.got == "C64")
        #expect(HandMade.complaint { try file.floats("f8") }?.got == "F8_E4M3")
        #expect(HandMade.complaint { try file.floats("absent") }?.item == "absent")
    }

    @Test func unsignedBeyondIntIsRefused() throws {
        try Places.withFolder { folder in
            let bytes = HandMade.file(#"{"x":{"dtype":"U64","shape":[1],"data_offsets":[0,8]}}"#) + Array(repeating: 0xFF, count: 8)
            try Places.write(bytes, to: folder + "/x.safetensors")
            let file = try SafetensorsFile(path: folder + "/x.safetensors")
            #expect(HandMade.complaint { try file.integers("x") }?.expected == "values up to \(Int.max)")
        }
    }

    /// All 65,536 half and all 65,536 bfloat16 patterns, at an odd offset; `Float16` is the oracle.
    @Test func halfPrecisionIsExactForEveryPattern() throws {
        try Places.withFolder { folder in
            let patterns = (UInt16.min...UInt16.max).flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
            var header = #"{"h":{"dtype":"F16","shape":[65536],"data_offsets":[0,131072]},"b":{"dtype":"BF16","shape":[65536],"data_offsets":[131072,262144]}}"#
            if header.utf8.count % 2 == 0 { header += " " }
            try Places.write(HandMade.file(header) + patterns + patterns, to: folder + "/x.safetensors")
            let file = try SafetensorsFile(path: folder + "/x.safetensors")
            #expect(file.header.dataStart % 2 == 1)
            let half = try file.floats("h")
            let brain = try file.floats("b")
            let wrong = (UInt16.min...UInt16.max).filter { bits in
                let expected = Float(Float16(bitPattern: bits))
                let got = half[Int(bits)]
                let halfIsRight = expected.isNaN ? got.isNaN : got.bitPattern == expected.bitPattern
                return !halfIsRight || brain[Int(bits)].bitPattern != UInt32(bits) << 16
            }
            #expect(wrong == [])
        }
    }

    /// huggingface/safetensors' own samples: -3...2 in each type, modulo its range where it has no sign; unaligned.
    @Test func samplesOfTheReferenceAreRead() throws {
        let names = ["B", "H", "I", "b", "d", "e", "f", "h", "i"]
        let all = try SafetensorsFile(path: Places.fixtures + "/samples/overall.safetensors")
        #expect(all.tensors.map(\.name) == names)
        for name in names {
            let one = try SafetensorsFile(path: Places.fixtures + "/samples/\(name).safetensors")
            #expect(one.metadata == ["test": "a"])
            let values = try one.floats(name)
            let ranges: [String: Float] = ["B": 256, "H": 65_536, "I": 4_294_967_296]
            let range = ranges[name] ?? 0
            #expect(values == [range - 3, range - 2, range - 1, 0, 1, 2])
            #expect(try all.floats(name) == values)
        }
    }

    @Test(.enabled(if: Places.exists(Places.shared + "/weights"), "needs ../shared"))
    func aRealNetworkOfAnotherProgramIsRead() throws {
        let file = try SafetensorsFile(path: Places.shared + "/weights/efficientnet_lite0_golden_numpy.safetensors")
        let logits = try file.floats("logits")
        #expect(file.entry("logits")?.shape == [2, 1000] && logits.count == 2000)
        // safetensors.numpy.load_file(...)["logits"], first and last.
        #expect(logits[0] == -2.410090446472168 && logits[1999] == -0.05293648689985275)
        #expect(file.lint() == [])
    }

    @Test func whatIsNoFileIsRefused() throws {
        #expect(HandMade.complaint { try SafetensorsFile(path: "/nonexistent/x") }?.got == "No such file or directory")
        #expect(HandMade.complaint { try SafetensorsFile(path: Places.fixtures) }?.expected == "a regular file")
        #expect(HandMade.complaint { try SafetensorsFile(path: "/dev/null") }?.expected == "a regular file")
        try Places.withFolder { folder in
            try Places.write("", to: folder + "/empty")
            #expect(HandMade.complaint { try SafetensorsFile(path: folder + "/empty") }?.got.hasPrefix("an empty file") == true)
        }
    }

    /// A file cut short after it was opened is noticed before the map is touched.
    @Test func truncationUnderTheMapIsNoticed() throws {
        try Places.withFolder { folder in
            let path = folder + "/x.safetensors"
            let bytes = HandMade.file(#"{"x":{"dtype":"U8","shape":[9000],"data_offsets":[0,9000]}}"#, data: 9000)
            try Places.write(bytes, to: path)
            let file = try SafetensorsFile(path: path)
            #expect(try file.floats("x").count == 9000)
            try Places.truncate(path, to: 100)
            #expect(HandMade.complaint { try file.floats("x") }?.expected == "\(bytes.count) bytes, as when opened")
        }
    }

    @Test func lintNamesValuesThatAreNotFinite() throws {
        try Places.withFolder { folder in
            let path = folder + "/x.safetensors"
            try SafetensorsWriter().write(["a": .init(shape: [3], floats: [1, .nan, .infinity]), "b": .init(shape: [1], floats: [1])], to: path)
            #expect(try SafetensorsFile(path: path).lint() == [LintFinding(.error, "a: 2 of 3 values are not finite")])
        }
        let types = try SafetensorsFile(path: Places.fixtures + "/types.safetensors").lint()
        #expect(types.map(\.severity) == [.warning, .warning])
    }

    @Test func summaryCountsEverything() throws {
        let summary = CheckpointSummary(files: [try SafetensorsFile(path: Places.fixtures + "/samples/overall.safetensors")])
        #expect(summary.elementCount == 54 && summary.tensorBytes == 168 && summary.fileBytes == 702)
        #expect(summary.elementsByType.map(\.dtype.rawValue) == ["F16", "F32", "F64", "I16", "I32", "I8", "U16", "U32", "U8"])
        #expect(summary.json["tensors"]?.array?.count == 9)
    }
}
