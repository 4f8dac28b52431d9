import Bytes
import Copies
import Images
import Imaging

/// Whether images of a model are copies of its training images, by the index in its folder.
public struct CopyJudge: Sendable {
    private let search: CopySearch?
    private let threshold: Float
    /// What decides the judgement, as the plan of a set has it: `none`, or digest and threshold of the index.
    public let description: String
    /// What was passed over, for people.
    public let notes: [String]

    /// Whether anything is searched.
    public var searches: Bool { search != nil }

    /// - Parameter folder: the model's folder; nil judges nothing.
    /// - Throws: `CopyError` for an index that is damaged, or of images unlike the model's.
    public init(_ folder: String?, _ model: ModelFacts) throws(CopyError) {
        let facts = model.generation
        guard let folder else {
            (search, threshold, description, notes) = (nil, 1, "none", ["copies of training images are not looked for"])
            return
        }
        let index = try CopyIndex.read(
            model: folder, width: facts.width, height: facts.height, channels: facts.channels)
        guard let index, let calibration = index.calibration else {
            let lack = index == nil ? "no index of its training images" : "an index without a threshold"
            (search, threshold, description) = (nil, 1, "none")
            notes = ["\(model.name) has \(lack): copies are not looked for (phantom copies index)"]
            return
        }
        (search, threshold, notes) = (CopySearch(index), calibration.threshold, [])
        description = "\(Digest(of: index.bytes).hexadecimal) above \(calibration.threshold)"
    }

    /// Whether a picture is a copy, and its score.
    /// - Throws: `ImageError`.
    public func judgement(_ picture: PixelImage) throws -> LabelledSet.Judgement {
        guard let match = try search?.match(picture) else { return (false, nil) }
        return (match.score > threshold, Double(match.score))
    }
}
