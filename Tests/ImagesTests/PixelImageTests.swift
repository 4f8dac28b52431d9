import Images
import Testing

@Suite struct PixelImageTests {
    @Test(arguments: [
        (0, 1, 1, 8, 0, "image width: expected 1 ... 2147483647, got 0"),
        (1, -1, 1, 8, 0, "image height: expected 1 ... 2147483647, got -1"),
        (Int.max, 1, 1, 8, 0, "image width: expected 1 ... 2147483647, got 9223372036854775807"),
        (1, 1, 5, 8, 5, "channels: expected 1 ... 4, got 5"),
        (1, 1, 1, 12, 1, "bit depth: expected 8 or 16, got 12"),
        (2, 3, 3, 8, 17, "samples of a 2x3 image of 3 channels: expected 18, got 17"),
        (Int(Int32.max), Int(Int32.max), 4, 16, 1, "samples of a 2147483647x2147483647 image of 4 channels: expected fewer, got 1"),
    ])
    func `What does not fit together is refused`(
        width: Int, height: Int, channels: Int, bitDepth: Int, count: Int, message: String
    ) {
        let error = #expect(throws: ImageError.self) {
            try PixelImage(
                width: width, height: height, channels: channels, bitDepth: bitDepth,
                samples: [UInt16](repeating: 0, count: count))
        }
        #expect(error?.description == message)
        #expect(error?.kind == .invalidValue)
    }

    @Test func `A sample above 255 does not fit 8 bits`() throws {
        #expect(throws: ImageError.self) { try PixelImage(width: 1, height: 1, channels: 1, bitDepth: 8, samples: [256]) }
        #expect(try PixelImage(width: 1, height: 1, channels: 1, bitDepth: 8, samples: [255]).maximum == 255)
        #expect(try PixelImage(width: 1, height: 1, channels: 1, bitDepth: 16, samples: [65535]).maximum == 65535)
    }

    @Test func `Dropping alpha keeps the colours`() throws {
        let rgba = try PixelImage(width: 2, height: 1, channels: 4, bitDepth: 8, samples: [1, 2, 3, 0, 4, 5, 6, 255])
        #expect(rgba.droppingAlpha().samples == [1, 2, 3, 4, 5, 6])
        #expect(rgba.droppingAlpha().channels == 3)
        let grey = try PixelImage(width: 2, height: 1, channels: 2, bitDepth: 16, samples: [1000, 0, 2000, 9])
        #expect(grey.droppingAlpha().samples == [1000, 2000])
        #expect(grey.droppingAlpha().droppingAlpha() == grey.droppingAlpha())
    }

    // x = np.float32([-3, -1, -0.99607843, -0.5, -1e-3, 0, 0.0039215088, 0.5, 0.9999, 1, np.inf, -np.inf])
    // u = np.clip(x / 2 + np.float32(0.5), 0, 1); np.round(u * np.float32(255)); np.round(u * np.float32(65535))
    // 0 is a tie (127.5, 32767.5): to even, as numpy rounds.
    @Test func `Network output is rounded as numpy does`() throws {
        let values: [Float] = [-3, -1, -0.99607843, -0.5, -1e-3, 0, 0.0039215088, 0.5, 0.9999, 1, .infinity, -.infinity]
        let eight = try PixelImage(planes: values, width: 12, height: 1, channels: 1, bitDepth: 8)
        #expect(eight.samples == [0, 0, 0, 64, 127, 128, 128, 191, 255, 255, 255, 0])
        let sixteen = try PixelImage(planes: values, width: 4, height: 3, channels: 1, bitDepth: 16)
        #expect(sixteen.samples == [0, 0, 128, 16384, 32735, 32768, 32896, 49151, 65532, 65535, 65535, 0])
    }

    @Test func `Planes become interleaved channels`() throws {
        let image = try PixelImage(planes: [-1, 1, 0.2, 0.4, -0.2, -0.4], width: 1, height: 2, channels: 3, bitDepth: 8)
        // x = np.float32([-1, .2, -.2, 1, .4, -.4]); np.round((x / 2 + np.float32(.5)) * np.float32(255)): the last two are ties
        #expect(image.samples == [0, 153, 102, 255, 178, 76])
    }

    @Test func `NaN and wrong sizes are errors, not traps`() {
        let error = #expect(throws: ImageError.self) {
            try PixelImage(planes: [0, 0, .nan, 0], width: 2, height: 1, channels: 2, bitDepth: 8)
        }
        #expect(error?.description == "channel 1, pixel 0 of the image: expected a number, got NaN")
        for (width, channels) in [(3, 1), (2, 0), (2, 3), (-4, 1)] {
            #expect(throws: ImageError.self) {
                try PixelImage(planes: [0, 0, 0, 0], width: width, height: 1, channels: channels, bitDepth: 8)
            }
        }
    }
}
