/// A picture of whole numbers: `height` rows of `width` pixels of 1 to 4 interleaved channels, 8 or 16 bits deep.
///
/// Always consistent: the initialiser checks it, and nothing changes it afterwards.
public struct PixelImage: Equatable, Sendable {
    /// Pixels, at least 1.
    public let width: Int
    /// Pixels, at least 1.
    public let height: Int
    /// 1 grey, 2 grey + alpha, 3 RGB, 4 RGB + alpha. What Phantom makes has 1 or 3.
    public let channels: Int
    /// 8 or 16.
    public let bitDepth: Int
    /// `height * width * channels` values, row by row, channels next to each other; 0 ... 2^bitDepth - 1.
    public let samples: [UInt16]

    /// The largest value a sample can have: 255 or 65535. It stands for white, or full opacity.
    public var maximum: Int { bitDepth == 8 ? 255 : 65535 }

    /// Whether the last channel is opacity (straight, not multiplied into the colours).
    public var hasAlpha: Bool { channels == 2 || channels == 4 }

    /// - Throws: `ImageError` of kind `.invalidValue` if sizes, channels, depth, the number or the range of the samples
    ///   do not fit together.
    public init(width: Int, height: Int, channels: Int, bitDepth: Int, samples: [UInt16]) throws(ImageError) {
        func refuse(_ what: String, _ expected: String, _ got: Int) -> ImageError {
            ImageError(.invalidValue, what, expected: expected, got: "\(got)")
        }
        guard width >= 1, width <= Int(Int32.max) else { throw refuse("image width", "1 ... \(Int32.max)", width) }
        guard height >= 1, height <= Int(Int32.max) else { throw refuse("image height", "1 ... \(Int32.max)", height) }
        guard (1...4).contains(channels) else { throw refuse("channels", "1 ... 4", channels) }
        guard bitDepth == 8 || bitDepth == 16 else { throw refuse("bit depth", "8 or 16", bitDepth) }
        let (count, overflow) = (width * height).multipliedReportingOverflow(by: channels)
        guard !overflow, samples.count == count else {
            throw refuse(
                "samples of a \(width)x\(height) image of \(channels) channels", overflow ? "fewer" : "\(count)",
                samples.count)
        }
        if bitDepth == 8, let largest = samples.max(), largest > 255 {
            throw refuse("samples of an 8-bit image", "at most 255", Int(largest))
        }
        self.init(unchecked: width, height, channels: channels, bitDepth: bitDepth, samples: samples)
    }

    private init(unchecked width: Int, _ height: Int, channels: Int, bitDepth: Int, samples: [UInt16]) {
        self.width = width
        self.height = height
        self.channels = channels
        self.bitDepth = bitDepth
        self.samples = samples
    }

    /// The same picture without its opacity; itself if it has none. Colours are kept as stored.
    public func droppingAlpha() -> PixelImage {
        guard hasAlpha else { return self }
        let kept = channels - 1
        var colours: [UInt16] = []
        colours.reserveCapacity(width * height * kept)
        for pixel in stride(from: 0, to: samples.count, by: channels) { colours += samples[pixel..<pixel + kept] }
        return replacingSamples(colours, channels: kept)
    }

    /// - Parameter samples: `width * height * channels` values within the depth, which is not checked.
    func replacingSamples(_ samples: [UInt16], channels: Int) -> PixelImage {
        PixelImage(unchecked: width, height, channels: channels, bitDepth: bitDepth, samples: samples)
    }
}
