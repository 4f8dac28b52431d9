import Images
import Testing

/// Files that are wrong in one place: what the error says, and what is tolerated.
@Suite struct DamageTests {
    /// Two grey pixels of 8 bits.
    static let sound = HandmadePNG(width: 2, height: 1, depth: 8, colour: 0, raw: [0, 10, 20])

    @Test func `The file that the others are made from is sound`() throws {
        #expect(try PNGDecoder.decode(Self.sound.bytes).image.samples == [10, 20])
    }

    @Test func `Every file cut short is refused`() throws {
        let bytes = Self.sound.bytes
        for length in bytes.indices {
            #expect(throws: ImageError.self, "cut to \(length)") { try PNGDecoder.decode(Array(bytes[..<length])) }
        }
    }

    @Test func `Every single wrong bit is noticed`() throws {
        let bytes = try PNGEncoder.encode(
            RoundTripTests.noise(5, 4, channels: 3, bitDepth: 16),
            provenance: Provenance(recipe: "{}", sourceType: .trainedAlgorithmicMedia)
        ).bytes
        for bit in 0..<bytes.count * 8 {
            var wrong = bytes
            wrong[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: ImageError.self, "bit \(bit)") { try PNGDecoder.decode(wrong) }
        }
    }

    @Test func `What follows IEND is passed over`() throws {
        #expect(try PNGDecoder.decode(Self.sound.bytes + [1, 2, 3]).image.samples == [10, 20])
    }

    @Test func `Image data may be split anywhere, and empty chunks are none`() throws {
        var file = Self.sound
        let data = file.chunks[1].data
        for cut in data.indices {
            file.chunks = [Self.sound.chunks[0], ("IDAT", Array(data[..<cut])), ("IDAT", []), ("IDAT", Array(data[cut...])), ("IEND", [])]
            #expect(try PNGDecoder.decode(file.bytes).image.samples == [10, 20])
        }
    }

    @Test(arguments: [
        // width, height, depth, colour, interlace
        (0, 1, 8, 0, 0, "width at byte 16: expected 1 ... 2147483647, got 0"),
        (1, 0x8000_0000, 8, 0, 0, "height at byte 20: expected 1 ... 2147483647, got 2147483648"),
        (1, 1, 3, 0, 0, "bit depth of colour type 0 at byte 24: expected one of [1, 2, 4, 8, 16], got 3"),
        (1, 1, 16, 3, 0, "bit depth of colour type 3 at byte 24: expected one of [1, 2, 4, 8], got 16"),
        (1, 1, 4, 2, 0, "bit depth of colour type 2 at byte 24: expected one of [8, 16], got 4"),
        (1, 1, 8, 5, 0, "colour type at byte 25: expected 0, 2, 3, 4 or 6, got 5"),
        (1, 1, 8, 0, 2, "interlace method at byte 28: expected 0 or 1, got 2"),
    ] as [(UInt32, UInt32, UInt8, UInt8, UInt8, String)])
    func `A wrong header is named`(
        width: UInt32, height: UInt32, depth: UInt8, colour: UInt8, interlace: UInt8, message: String
    ) {
        let file = HandmadePNG(width: width, height: height, depth: depth, colour: colour, interlace: interlace, raw: [0, 0])
        let error = #expect(throws: ImageError.self) { try PNGDecoder.decode(file.bytes) }
        #expect(error?.description == message)
        #expect(error?.kind == .damaged)
    }

    @Test func `What is no PNG is said to be none`() {
        for bytes in [[], [0x89], Array("GIF89a and more".utf8), [UInt8](repeating: 0, count: 100)] as [[UInt8]] {
            #expect(throws: ImageError.self) { try PNGDecoder.decode(bytes) }
            #expect(#expect(throws: ImageError.self) { try PNGDecoder.texts(bytes) }?.kind == .notPNG)
        }
    }

    @Test(arguments: [
        ([0, 10], "too short"), ([0, 10, 20, 30], "too long"), ([5, 10, 20], "filter type"),
    ] as [([UInt8], String)])
    func `Image data of the wrong length or filter are refused`(raw: [UInt8], why: String) {
        let file = HandmadePNG(width: 2, height: 1, depth: 8, colour: 0, raw: raw)
        #expect(#expect(throws: ImageError.self, "\(why)") { try PNGDecoder.decode(file.bytes) }?.kind == .damaged)
    }

    @Test func `A wrong Adler checksum, or more after the end of the stream, is refused`() {
        var file = Self.sound
        file.chunks[1].data[file.chunks[1].data.count - 1] ^= 1
        #expect(throws: ImageError.self) { try PNGDecoder.decode(file.bytes) }
        file = Self.sound
        file.chunks[1].data.append(0)
        #expect(throws: ImageError.self) { try PNGDecoder.decode(file.bytes) }
    }

    @Test(arguments: [
        ("critical chunk", [("IHDR", nil), ("ABCD", []), ("IDAT", nil), ("IEND", nil)]),
        ("second IHDR", [("IHDR", nil), ("IHDR", nil), ("IDAT", nil), ("IEND", nil)]),
        ("no IHDR", [("IDAT", nil), ("IEND", nil)]),
        ("no IDAT", [("IHDR", nil), ("IEND", nil)]),
        ("no IEND", [("IHDR", nil), ("IDAT", nil)]),
        ("a chunk between IDATs", [("IHDR", nil), ("IDAT", []), ("teXt", []), ("IDAT", nil), ("IEND", nil)]),
        ("empty IDAT only", [("IHDR", nil), ("IDAT", []), ("IEND", nil)]),
        ("palette after the image", [("IHDR", nil), ("IDAT", nil), ("PLTE", [1, 2, 3]), ("IEND", nil)]),
    ] as [(String, [(String, [UInt8]?)])])
    func `Chunks out of order are refused`(what: String, chunks: [(String, [UInt8]?)]) {
        var file = Self.sound
        file.chunks = chunks.map { name, data in
            (name, data ?? Self.sound.chunks.first { $0.name == name }?.data ?? [])
        }
        #expect(#expect(throws: ImageError.self, "\(what)") { try PNGDecoder.decode(file.bytes) }?.kind == .damaged)
    }

    @Test func `A palette is looked up, and an index without a colour is refused by place`() throws {
        var file = HandmadePNG(width: 2, height: 2, depth: 8, colour: 3, raw: [0, 0, 1, 0, 1, 0])
        #expect(throws: ImageError.self, "no palette") { try PNGDecoder.decode(file.bytes) }
        file.chunks.insert(("PLTE", [1, 2, 3, 4, 5, 6]), at: 1)
        #expect(try PNGDecoder.decode(file.bytes).image.samples == [1, 2, 3, 4, 5, 6, 4, 5, 6, 1, 2, 3])
        file.chunks.insert(("tRNS", [7]), at: 2)
        #expect(try PNGDecoder.decode(file.bytes).image.samples == [1, 2, 3, 7, 4, 5, 6, 255, 4, 5, 6, 255, 1, 2, 3, 7])
        file.chunks.remove(at: 2)
        file.chunks[1].data = [1, 2, 3]
        let error = #expect(throws: ImageError.self) { try PNGDecoder.decode(file.bytes) }
        #expect(error?.description == "palette index of pixel (1, 0): expected less than 1, got 1")
        for wrong in [[], [1], [1, 2, 3, 4], [UInt8](repeating: 0, count: 771)] as [[UInt8]] {
            file.chunks[1].data = wrong
            #expect(throws: ImageError.self, "palette of \(wrong.count) bytes") { try PNGDecoder.decode(file.bytes) }
        }
    }

    @Test func `Ancillary chunks, sense or nonsense, change nothing`() throws {
        let names = ["gAMA", "cHRM", "iCCP", "sBIT", "sRGB", "bKGD", "hIST", "pHYs", "sPLT", "tIME", "eXIf", "zTXt", "caBX", "acTL", "fcTL"]
        for name in names {
            for data in [[], [0], [UInt8](repeating: 0xFF, count: 300)] as [[UInt8]] {
                var file = Self.sound
                file.chunks.insert((name, data), at: 1)
                #expect(try PNGDecoder.decode(file.bytes) == PNGDecoder.decode(Self.sound.bytes))
            }
        }
    }

    @Test func `Malformed, compressed or too long texts are passed over`() throws {
        var file = Self.sound
        let texts: [(String, [UInt8])] = [
            ("tEXt", Array("no end".utf8)), ("iTXt", Array("a\0\u{1}\0\0\0compressed".utf8)), ("iTXt", Array("a\0\0".utf8)),
            ("iTXt", Array("a\0\0\0no end".utf8)), ("iTXt", Array("a\0\0\0\0\0".utf8) + [0xC3]), ("tEXt", Array("a\0b\0c".utf8)),
            ("tEXt", Array("\0no keyword".utf8)), ("tEXt", Array("long\0".utf8) + [UInt8](repeating: 65, count: 100)),
            ("tEXt", [0x6B, 0, 0xE4]), ("iTXt", Array("lang\0\0\0de\0Schlüssel\0Wört".utf8)),
        ]
        file.chunks.insert(contentsOf: texts.map { (name: $0.0, data: $0.1) }, at: 1)
        let limits = PNGLimits(textBytes: 100)
        let kept = [try PNGText(keyword: "k", text: "ä"), try PNGText(keyword: "lang", text: "Wört")]
        #expect(try PNGDecoder.decode(file.bytes, limits: limits).texts == kept)
        #expect(try PNGDecoder.decode(file.bytes, limits: PNGLimits(textBytes: 100, textChunks: 8)).texts == [kept[0]])
    }
}
