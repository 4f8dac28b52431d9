import FoundationEssentials
import Images
import TestSupport
import Testing

/// DICOM files made to hurt: none may trap, and what comes out as a picture has the size that its tags state.
@Suite struct DICOMHostileTests {
    @Test func `Every cut of a sound file is refused`() throws {
        for name in ["grey8", "sequences_undefined", "sequences_undefined_implicit", "rgb8_planar"] {
            let bytes = try Fixtures.bytes(Fixtures.dicom.appending(path: "read/\(name).dcm"))
            for length in 0..<bytes.count {
                #expect(throws: ImageError.self, "\(name), \(length) bytes") { try DICOMDecoder.decode(Array(bytes.prefix(length))) }
            }
        }
    }

    @Test func `Sequences are followed only so deep`() throws {
        /// Item, sequence, item, ... all of undefined length.
        func nested(_ depth: Int) -> [UInt8] {
            let open: [UInt8] = [0x08, 0, 0x40, 0x11, 0x53, 0x51, 0, 0, 255, 255, 255, 255, 0xFE, 0xFF, 0, 0xE0, 255, 255, 255, 255]
            let close: [UInt8] = [0xFE, 0xFF, 0x0D, 0xE0, 0, 0, 0, 0, 0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]
            let parts = HandmadeDICOM.grey.bytes
            let start = 132 + 8 + 20
            return Array(parts[..<start]) + [[UInt8]](repeating: open, count: depth).joined() + [[UInt8]](repeating: close, count: depth).joined()
                + Array(parts[start...])
        }
        #expect(try DICOMDecoder.decode(nested(32)).image.samples == [0, 51, 102, 255])
        for depth in [33, 10_000] {
            let error = #expect(throws: ImageError.self) { try DICOMDecoder.decode(nested(depth)) }
            #expect(error?.expected == "at most 32 within each other")
        }
    }

    @Test func `Tags must rise, and each stands once`() throws {
        var twice = HandmadeDICOM.grey
        twice.set.insert(twice.set[2], at: 2)
        var swapped = HandmadeDICOM.grey
        swapped.set.swapAt(1, 2)
        for file in [twice, swapped] {
            let error = #expect(throws: ImageError.self) { try DICOMDecoder.decode(file.bytes) }
            #expect(error?.what == "data element")
        }
    }

    @Test(arguments: 0..<10) func `Ten thousand mutants end as a picture or an error`(share: Int) throws {
        let names = ["grey8_implicit", "grey16_signed", "window_signed", "window_sigmoid", "rgb16_planar", "sequences_undefined", "falling_slope"]
        let seeds = try names.map { try Fixtures.bytes(Fixtures.dicom.appending(path: "read/\($0).dcm")) }
        var random = SplitMix64(state: UInt64(share))
        var pictures = 0
        for _ in 0..<1000 {
            var bytes = seeds.randomElement(using: &random)!  // never empty
            for _ in 0..<Int.random(in: 1...3, using: &random) { Self.mutate(&bytes, &random) }
            guard let decoded = try? DICOMDecoder.decode(bytes, pixels: 1 << 16) else { continue }
            pictures += 1
            #expect(decoded.image.width * decoded.image.height * decoded.image.channels == decoded.image.samples.count)
        }
        #expect((100...900).contains(pictures), "both ends must be met often for this to test anything: \(pictures) pictures")
    }

    private static func mutate(_ bytes: inout [UInt8], _ random: inout SplitMix64) {
        let place = Int.random(in: 132..<bytes.count, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: bytes.remove(at: place)
        case 1: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
        case 2:
            // Where lengths and representations are most likely to be hit.
            for offset in 0..<min(4, bytes.count - place) { bytes[place + offset] = 0xFF }
        default: bytes[place] = [0, 1, 0x20, 0x2D, 0x39, 0x5C, 0x7F, 0x80, 0xFF, UInt8.random(in: 0...255, using: &random)].randomElement(using: &random)!  // never empty
        }
    }
}
