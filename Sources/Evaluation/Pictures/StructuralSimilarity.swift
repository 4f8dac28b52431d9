import Images
import Numbers

/// How alike two pictures of one size look: SSIM with a Gaussian window of 11 and sigma 1.5, constants 0.01 and 0.03,
/// over the places where the window fits (Wang et al., IEEE TIP 13, 2004, equation 13), and the same at several scales
/// (Wang et al., Asilomar 2003, equation 7). Channels are taken each for itself and averaged.
public enum StructuralSimilarity {
    private static let window = GaussianTaps(sigma: 1.5, radius: 5)
    private static let side = 11
    /// Weights of the scales, from the finest on.
    private static let weights = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333]

    /// SSIM: 1 for equal pictures.
    /// - Throws: `EvaluationError` for pictures of different shapes, or with a side under 11 pixels.
    public static func value(_ first: PixelImage, _ second: PixelImage) throws(EvaluationError) -> Double {
        try check(first, second)
        let values = (0..<first.channels).map { channel in
            let pair = (Plane(first, channel: channel), Plane(second, channel: channel))
            return terms(pair.0, pair.1, maximum: Double(first.maximum)).similarity
        }
        return values.reduce(0, +) / Double(values.count)
    }

    /// Scales that a picture is compared at: as many of 5 as leave the window room, each of half the size of the one
    /// before. Three at 64 pixels, five from 176 on.
    public static func scales(of side: Int) -> Int {
        var (scales, current) = (0, side)
        while scales < weights.count, current >= Self.side {
            scales += 1
            current = current / 2 + current % 2
        }
        return scales
    }

    /// MS-SSIM with the first weights of the five that are published, in all 1; contrast below 0 counts as 0
    /// (`pytorch-msssim`'s rule).
    /// - Throws: `EvaluationError` for pictures of different shapes, or with a side under 11 pixels.
    public static func multiscale(_ first: PixelImage, _ second: PixelImage) throws(EvaluationError) -> Double {
        try check(first, second)
        let count = scales(of: min(first.width, first.height))
        let chosen = weights.prefix(count), total = chosen.reduce(0, +)
        let values = (0..<first.channels).map { channel in
            var (one, other) = (Plane(first, channel: channel), Plane(second, channel: channel)), product = 1.0
            for (scale, weight) in chosen.enumerated() {
                let terms = terms(one, other, maximum: Double(first.maximum))
                let term = max(0, scale == count - 1 ? terms.similarity : terms.contrast)
                product *= term > 0 ? ElementaryFunctions.exp(weight / total * ElementaryFunctions.log(term)) : 0
                if scale < count - 1 { (one, other) = (one.halved(), other.halved()) }
            }
            return product
        }
        return values.reduce(0, +) / Double(values.count)
    }

    /// The means of SSIM and of its part for contrast and structure.
    private static func terms(_ x: Plane, _ y: Plane, maximum: Double) -> (similarity: Double, contrast: Double) {
        let c1 = (0.01 * maximum) * (0.01 * maximum), c2 = (0.03 * maximum) * (0.03 * maximum)
        let meanX = x.filteredInside(window).values, meanY = y.filteredInside(window).values
        let squareX = x.times(x).filteredInside(window).values, squareY = y.times(y).filteredInside(window).values
        let product = x.times(y).filteredInside(window).values
        var similarity = 0.0, contrast = 0.0
        for place in meanX.indices {
            let (mx, my) = (meanX[place], meanY[place])
            let variances = squareX[place] - mx * mx + squareY[place] - my * my
            let structure = (2 * (product[place] - mx * my) + c2) / (variances + c2)
            contrast += structure
            similarity += (2 * mx * my + c1) / (mx * mx + my * my + c1) * structure
        }
        return (similarity / Double(meanX.count), contrast / Double(meanX.count))
    }

    private static func check(_ first: PixelImage, _ second: PixelImage) throws(EvaluationError) {
        try PixelError.checkShapes(first, second)
        guard min(first.width, first.height) >= side else {
            throw EvaluationError(
                "picture to compare by SSIM", expected: "sides of \(side) pixels or more",
                got: "\(first.width)x\(first.height)")
        }
    }
}
