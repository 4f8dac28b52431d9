import Images

// Masks as label tools and paint programs leave them.
extension PictureReader {
    static func transparency(_ channels: Channels) -> Refusal {
        guard case .mask = channels else {
            return Refusal(detail: "expected an opaque picture, got one with transparent pixels")
        }
        // Whether what is transparent is to be filled or kept is a matter of the program that made it.
        return Refusal(
            detail: "expected an opaque mask, white where it is to be filled, got one with transparent pixels; "
                + "magick in.png -alpha extract -negate mask.png fills what is transparent, "
                + "without -negate what is opaque")
    }

    /// The mask that a picture in colours is: the shades of a grey one, or the means of two colours that have an order,
    /// as black and the dark red of a label map.
    func maskLevels(_ image: PixelImage) throws(Refusal) -> PixelImage {
        if let grey = image.inGrey() { return grey }
        let samples = image.samples, pixels = stride(from: 0, to: samples.count, by: 3)
        func areEqual(_ a: Int, _ b: Int) -> Bool {
            samples[a] == samples[b] && samples[a + 1] == samples[b + 1] && samples[a + 2] == samples[b + 2]
        }
        let other = pixels.first { !areEqual($0, 0) } ?? 0
        let first = samples[0..<3].map(Int.init), second = samples[other..<other + 3].map(Int.init)
        let means = (first.reduce(0, +) / 3, second.reduce(0, +) / 3)
        let haveOrder =
            means.0 != means.1 && [zip(first, second), zip(second, first)].contains { $0.allSatisfy { $0 <= $1 } }
        let areAll = pixels.allSatisfy { areEqual($0, 0) || areEqual($0, other) }
        guard haveOrder, areAll else {
            let got = areAll ? "two colours, neither of them brighter in each channel" : "three colours or more"
            throw Refusal(
                detail: "expected a mask in shades of grey, white where it is to be filled, or in two colours of which "
                    + "one is brighter, got \(got); draw what is to be filled in white on black")
        }
        do throws(ImageError) {
            return try PixelImage(
                width: image.width, height: image.height, channels: 1, bitDepth: image.bitDepth,
                samples: pixels.map { UInt16(areEqual($0, 0) ? means.0 : means.1) })
        } catch {
            throw Refusal(detail: "\(error)")
        }
    }
}
