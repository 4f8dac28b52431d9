import Images
import Tensors

/// 79 radiomic features of a whole image: 18 of first order, 24 of co-occurrence, 16 of run lengths, 16 of size zones,
/// 5 of tone differences, as pyradiomics makes them of a plane (`force2D`, bin width 25, distance 1, a mask of the
/// whole image).
public struct RadiomicFeatures: FeatureExtractor {
    public let name = "radiomics"
    public let dimension = Self.names.count
    public let preprocessing = "8 bits in their own size, colours as grey by BT.601, levels of bin width 25"
    public let identity = "radiomics 1 width 25"

    /// Names of the values in their order, as pyradiomics writes them: `original_glcm_Contrast`.
    public static let names: [String] = [
        ("firstorder", FirstOrderFeatures.names), ("glcm", CooccurrenceFeatures.names),
        ("glrlm", RunLengthFeatures.names), ("glszm", SizeZoneFeatures.names),
        ("ngtdm", ToneDifferenceFeatures.names),
    ].flatMap { family, names in names.map { "original_\(family)_\($0)" } }

    public init() {}

    /// The values of an image, in the order of `names`.
    /// - Throws: `EvaluationError` for an image of less than 2x2 pixels or of other than 8 bits.
    public static func values(of image: PixelImage) throws(EvaluationError) -> [Double] {
        let grey = try BinnedLevels(image)
        return FirstOrderFeatures(grey).values + CooccurrenceFeatures(grey).values + RunLengthFeatures(grey).values
            + SizeZoneFeatures(grey).values + ToneDifferenceFeatures(grey).values
    }

    public func rows(of images: [PixelImage], compute: Compute) throws -> [FeatureRow] {
        try compute.map(images.count) { FeatureRow(features: try Self.values(of: images[$0]).map(Float.init)) }
    }
}
