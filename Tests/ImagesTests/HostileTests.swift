import FoundationEssentials
import Images
import TestSupport
import Testing

/// Files made to hurt: none may trap, take memory that its own size does not warrant, or come out as another picture.
@Suite struct HostileTests {
    @Test(arguments: [(65535, 65535), (0x7FFF_FFFF, 0x7FFF_FFFF), (0x7FFF_FFFF, 1), (1, 0x7FFF_FFFF), (4097, 4096)] as [(UInt32, UInt32)])
    func `A picture above the limit is refused by its header`(width: UInt32, height: UInt32) {
        for (depth, colour) in [(8, 0), (16, 6), (1, 3)] as [(UInt8, UInt8)] {
            let file = HandmadePNG(width: width, height: height, depth: depth, colour: colour, raw: [0])
            let error = #expect(throws: ImageError.self) { try PNGDecoder.decode(file.bytes) }
            #expect(error?.kind == .overLimit)
            #expect(error?.got == "\(width)x\(height) = \(UInt64(width) * UInt64(height))")
        }
    }

    @Test func `The caller's limit holds to the pixel`() throws {
        let bytes = try PNGEncoder.encode(RoundTripTests.noise(7, 9, channels: 1, bitDepth: 8)).bytes
        #expect(try PNGDecoder.decode(bytes, limits: PNGLimits(pixels: 63)).image.width == 7)
        #expect(throws: ImageError.self) { try PNGDecoder.decode(bytes, limits: PNGLimits(pixels: 62)) }
    }

    @Test func `A small file that claims a large picture is refused before memory is taken`() {
        for interlace in [0, 1] as [UInt8] {
            let file = HandmadePNG(
                width: 4096, height: 4096, depth: 16, colour: 6, interlace: interlace, raw: [UInt8](repeating: 0, count: 60_000))
            let error = #expect(throws: ImageError.self) { try PNGDecoder.decode(file.bytes) }
            #expect(error?.description == "compressed data of a 4096x4096 picture: expected at least 130056 bytes, got 60011")
        }
    }

    @Test(arguments: ["abCd", "IDAT"]) func `Chunks are counted`(name: String) throws {
        var file = DamageTests.sound
        file.chunks.insert(contentsOf: repeatElement((name: name, data: []), count: 65_533), at: 1)
        #expect(try PNGDecoder.decode(file.bytes).image.samples == [10, 20])
        file.chunks.insert((name, []), at: 1)
        #expect(#expect(throws: ImageError.self) { try PNGDecoder.decode(file.bytes) }?.kind == .overLimit)
    }

    /// Bytes changed, chunks dropped, doubled, swapped, lengths forged, under checksums that are right: what gets past the
    /// checksums must still end as a picture of the size its header states, or an error.
    @Test(arguments: 0..<10) func `Ten thousand mutants end as a picture or an error`(share: Int) throws {
        let seeds = try Self.seeds()
        var random = SplitMix64(state: UInt64(share))
        var pictures = 0
        for _ in 0..<1000 {
            var file = seeds.randomElement(using: &random)!  // never empty
            for _ in 0..<Int.random(in: 1...4, using: &random) { Self.mutate(&file, &random) }
            var bytes = file.bytes
            if Int.random(in: 0..<8, using: &random) == 0 {
                bytes.removeLast(Int.random(in: 0...bytes.count, using: &random))
            }
            guard let decoded = try? PNGDecoder.decode(bytes, limits: PNGLimits(pixels: 1 << 20)) else { continue }
            pictures += 1
            let header = file.chunks[0].data
            #expect(decoded.image.width == header[0..<4].reduce(0) { $0 << 8 | Int($1) })
            #expect(decoded.image.height == header[4..<8].reduce(0) { $0 << 8 | Int($1) })
        }
        #expect((20...900).contains(pictures), "both ends must be met often for this to test anything: \(pictures) pictures")
    }

    private static func seeds() throws -> [HandmadePNG] {
        let folder = Fixtures.png.appending(path: "pngsuite")
        let names = ["basn0g01", "basn0g16", "basn2c16", "basn3p04", "basn4a16", "basn6a08", "ibasn3p08", "ibasn6a16", "ftbbn3p08"]
        let suite = try names.map { HandmadePNG(takingApart: try Fixtures.bytes(folder.appending(path: "\($0).png"))) }
        let small = HandmadePNG(width: 3, height: 2, depth: 8, colour: 2, raw: [UInt8](repeating: 0, count: 20))
        let provenance = Provenance(recipe: "{}", sourceType: .trainedAlgorithmicMedia)
        let own = try PNGEncoder.encode(RoundTripTests.noise(5, 5, channels: 1, bitDepth: 16), provenance: provenance)
        return suite + [small, DamageTests.sound, HandmadePNG(takingApart: own.bytes)]
    }

    private static func mutate(_ file: inout HandmadePNG, _ random: inout SplitMix64) {
        let which = Int.random(in: file.chunks.indices, using: &random)
        switch Int.random(in: 0..<8, using: &random) {
        case 0 where file.chunks.count > 1 && which > 0: file.chunks.remove(at: which)
        case 1: file.chunks.insert(file.chunks[which], at: Int.random(in: 1...file.chunks.count, using: &random))
        case 2 where which > 0 && file.chunks.count > 2: file.chunks.swapAt(which, Int.random(in: 1..<file.chunks.count, using: &random))
        case 3:
            let name = ["tRNS", "PLTE", "IDAT", "tEXt", "iTXt", "iCCP", "IEND", "fdAT"].randomElement(using: &random)!  // never empty
            let data = (0..<Int.random(in: 0...40, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            file.chunks.insert((name, data), at: Int.random(in: 1...file.chunks.count, using: &random))
        case 4 where !file.chunks[which].data.isEmpty:
            let cut = Int.random(in: 0..<file.chunks[which].data.count, using: &random)
            if which > 0 { file.chunks[which].data.removeLast(cut) }
        default:
            guard let at = file.chunks[which].data.indices.randomElement(using: &random) else { return }
            let edges: [UInt8] = [0, 1, 0x7F, 0x80, 0xFF, UInt8.random(in: 0...255, using: &random)]
            file.chunks[which].data[at] = edges.randomElement(using: &random)!  // never empty
        }
    }
}
