import Images
import Numbers

extension PixelImage {
    /// The picture blurred by a Gaussian, as `numpy.rint(scipy.ndimage.gaussian_filter(image, sigma))` makes it of each
    /// channel: weights to 4 sigma, edges mirrored with their pixel doubled, rounded to whole samples at the end.
    /// - Parameter sigma: in pixels; 0 leaves the picture as it is.
    /// - Throws: `EvaluationError` for a sigma that is no number in 0 ... 100.
    public func blurred(sigma: Double) throws -> PixelImage {
        guard (0...100).contains(sigma) else {
            throw EvaluationError("blur", expected: "a sigma in 0 ... 100 pixels", got: "\(sigma)")
        }
        guard sigma > 0 else { return self }
        let taps = GaussianTaps(sigma: sigma, radius: Int(4 * sigma + 0.5))
        var blurred = samples
        for channel in 0..<channels {
            let plane = Plane(self, channel: channel).filtered(taps)
            for pixel in 0..<width * height {
                let value = min(max(plane.values[pixel], 0), Double(maximum))
                blurred[pixel * channels + channel] = UInt16(value.rounded(.toNearestOrEven))
            }
        }
        return try PixelImage(width: width, height: height, channels: channels, bitDepth: bitDepth, samples: blurred)
    }

    /// The picture with normal noise added to every sample, rounded and clipped.
    /// - Parameters:
    ///   - share: standard deviation as a share of white: 0.05 is 5 %.
    ///   - seed: what the noise is drawn with, and `image` which picture of a set it is: no two share a number.
    /// - Throws: `EvaluationError` for a share that is no number in 0 ... 1.
    public func noised(share: Double, seed: UInt64, image: Int) throws -> PixelImage {
        guard (0...1).contains(share) else {
            throw EvaluationError("noise", expected: "a share in 0 ... 1", got: "\(share)")
        }
        let draws = EvaluationDraw.noise.indices(seed: seed)
        var noised = samples
        for block in stride(from: 0, to: samples.count, by: 8) {
            let normals = draws.normals(block / 8, of: image)
            for place in block..<min(block + 8, samples.count) {
                let value = Double(samples[place]) + share * Double(maximum) * Double(normals[place - block])
                noised[place] = UInt16(min(max(value, 0), Double(maximum)).rounded(.toNearestOrEven))
            }
        }
        return try PixelImage(width: width, height: height, channels: channels, bitDepth: bitDepth, samples: noised)
    }
}
