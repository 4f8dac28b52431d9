import Bytes
import FoundationEssentials
import Images
import Testing

/// Pictures in other sizes, against Pillow (Tests/Fixtures/resizing/make_resizings.py).
@Suite struct ResizingTests {
    private static let folder = Fixtures.packageRoot.appending(path: "Tests/Fixtures/resizing")

    /// The generator of make_resizings.py.
    private static func samples(seed: Int, count: Int, bits: Int) -> [UInt16] {
        var state = seed, level = 0
        return (0..<count).map { _ in
            state = (state * 1_664_525 + 1_013_904_223) % (1 << 32)
            if seed % 2 == 0 { return UInt16(state >> (32 - bits)) }
            if state >> 30 == 0 { level = (1 << bits) - 1 - level }
            return UInt16(level)
        }
    }

    @Test func `Pillow makes the same of 120 random pictures`() throws {
        let lines = try Fixtures.lines("resizings.tsv", in: Self.folder)
        #expect(lines.count == 120)
        for line in lines {
            let numbers = line.map { Int($0) ?? 0 }
            let (width, height, channels, bits) = (numbers[0], numbers[1], numbers[2], numbers[3])
            let image = try PixelImage(
                width: width, height: height, channels: channels, bitDepth: bits,
                samples: Self.samples(seed: numbers[8], count: width * height * channels, bits: bits))
            let box = line[7].split(separator: " ").compactMap { Double($0) }
            let filter = try #require(ResizingFilter(rawValue: line[4]))
            let resized = try image.resized(
                height: numbers[6], width: numbers[5], filter: filter,
                box: PixelBox(x: box[0]...box[2], y: box[1]...box[3]))
            let bytes = try #require(Hexadecimal.decode(line[9]))
            let expected =
                bits == 8
                ? bytes.map(Int.init) : stride(from: 0, to: bytes.count, by: 2).map { Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]) }
            let distance = zip(resized.samples, expected).map { abs(Int($0) - $1) }.max() ?? 0
            #expect(resized.samples.count == expected.count)
            // 16 bits: Pillow keeps single precision between the passes.
            #expect(distance <= (bits == 8 ? 0 : 2), "\(line[0..<9])")
        }
    }

    @Test func `A picture of that size stays as it is`() throws {
        let image = try PixelImage(width: 7, height: 5, channels: 3, bitDepth: 8, samples: Self.samples(seed: 4, count: 105, bits: 8))
        for filter in ResizingFilter.allCases {
            #expect(try image.resized(height: 5, width: 7, filter: filter) == image)
            #expect(try image.fitted(height: 5, width: 7, fit: .crop, filter: filter) == image)
        }
    }

    @Test func `One level stays that level`() throws {
        for (depth, level) in [(8, UInt16(200)), (16, 40_000)] {
            let image = try PixelImage(width: 31, height: 9, channels: 1, bitDepth: depth, samples: [UInt16](repeating: level, count: 279))
            for filter in ResizingFilter.allCases {
                for side in [1, 4, 31, 50] {
                    let resized = try image.resized(height: side, width: side, filter: filter)
                    #expect(resized.samples.allSatisfy { $0 == level })
                }
            }
        }
    }

    @Test func `Other shapes are cropped, padded or stretched`() throws {
        // Columns of 0, 10, 20, ... 70.
        let samples = (0..<4).flatMap { _ in (0..<8).map { UInt16($0 * 10) } }
        let image = try PixelImage(width: 8, height: 4, channels: 1, bitDepth: 8, samples: samples)
        let cropped = try image.fitted(height: 4, width: 4, fit: .crop, filter: .box)
        #expect(cropped.samples == (0..<4).flatMap { _ in [20, 30, 40, 50] as [UInt16] })
        let padded = try image.fitted(height: 4, width: 4, fit: .pad, filter: .box)
        #expect(padded.samples == [0, 0, 0, 0, 5, 25, 45, 65, 5, 25, 45, 65, 0, 0, 0, 0])
        let stretched = try image.fitted(height: 4, width: 4, fit: .stretch, filter: .box)
        #expect(stretched.samples == (0..<4).flatMap { _ in [5, 25, 45, 65] as [UInt16] })
    }

    @Test func `What cannot be resized is refused`() throws {
        let image = try PixelImage(width: 2, height: 2, channels: 1, bitDepth: 8, samples: [1, 2, 3, 4])
        #expect(throws: ImageError.self) { try image.resized(height: 0, width: 4, filter: .box) }
        #expect(throws: ImageError.self) { try image.resized(height: 4, width: 8193, filter: .box) }
        for box in [PixelBox(x: -1...2, y: 0...2), PixelBox(x: 0...2.5, y: 0...2), PixelBox(x: 1...1, y: 0...2)] {
            #expect(throws: ImageError.self) { try image.resized(height: 4, width: 4, filter: .box, box: box) }
        }
        let transparent = try PixelImage(width: 1, height: 1, channels: 2, bitDepth: 8, samples: [1, 2])
        #expect(throws: ImageError.self) { try transparent.resized(height: 4, width: 4, filter: .box) }
    }

    /// `Image.fromarray(...).convert("L")` of these colours.
    @Test func `Colours become the grey that Pillow makes of them`() throws {
        let image = try PixelImage(
            width: 4, height: 1, channels: 3, bitDepth: 8, samples: [255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 200, 30])
        #expect(try image.luma().samples == [76, 150, 29, 124])
    }
}
