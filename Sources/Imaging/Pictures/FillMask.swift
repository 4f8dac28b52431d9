import Images

/// The mask of an inpainting as it is meant: white is filled, black is kept.
///
/// Label maps of segmentation data sets hold 0 and 1, masks saved in 16 bits often 0 and 255: as shades, all of these
/// are black. A mask of two values is therefore taken by them, the higher is filled. One of more values is taken as
/// shades, which blend.
struct FillMask: Sendable {
    /// Recipes name this one by its digest, not the one that was given.
    let image: PixelImage
    /// What was assumed; nil where the mask was taken as it is.
    let note: String?

    /// - Throws: for a mask in which nothing reaches half of white, unless it has two values.
    init(_ given: PixelImage) throws(PictureReader.Refusal) {
        let (low, high) = given.samples.reduce((UInt16.max, UInt16.min)) { (min($0.0, $1), max($0.1, $1)) }
        let isTwoValued = low < high && given.samples.allSatisfy { $0 == low || $0 == high }
        guard isTwoValued || 2 * Int(high) >= given.maximum else {
            let hint = high == 0 ? "" : " (a label map? one of two values is taken by them)"
            throw .init(
                detail:
                    "expected some white, which is filled; the brightest level is \(high) of \(given.maximum)\(hint)")
        }
        guard isTwoValued, low != 0 || Int(high) != given.maximum else {
            image = given
            let part = Int(high) == given.maximum ? "" : " in part"
            note =
                low == high
                ? "mask: it has the one value \(high) of \(given.maximum); all of the image is filled\(part)" : nil
            return
        }
        do throws(ImageError) {
            image = try given.mapSamples { $0 == high ? UInt16(given.maximum) : 0 }
        } catch {
            throw .init(detail: "expected \(error.expected), got \(error.got)")
        }
        note =
            """
            mask: of its two values, \(high) was taken as white (filled) and \(low) as black (kept); white is \
            \(given.maximum)
            """
    }
}
