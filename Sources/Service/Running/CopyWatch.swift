import Copies
import Images
import Jobs
import JSON

/// Searches what a model makes among its training images, and decides what becomes of it. The bits of an image do not
/// depend on it: it sees only finished ones.
package struct CopyWatch: Sendable {
    /// Type of an image that is not there.
    static let mediaType = "application/vnd.phantom.withheld"

    private let search: CopySearch
    private let calibration: CopyCalibration
    /// Whether an image that is too near to a training image is not kept.
    let withholds: Bool

    /// - Returns: nil where nothing is to be searched: by the policy, or without an index under a policy that only
    ///   flags.
    /// - Throws: `CopyError` for an index of other images, one that is damaged or without a threshold, and where images
    ///   are to be withheld and there is no index.
    package init?(_ policy: CopyPolicy, model folder: String, width: Int, height: Int, channels: Int)
        throws(CopyError)
    {
        guard policy != .off else { return nil }
        let place = "\(folder)/\(CopyIndex.fileName)"
        guard let index = try CopyIndex.read(model: folder, width: width, height: height, channels: channels) else {
            guard policy == .withhold else { return nil }
            throw CopyError(
                place,
                expected: "the index of the training images, as copies.policy is withhold (see phantom copies index)",
                got: "no such file")
        }
        guard let calibration = index.calibration else {
            throw CopyError(
                place, expected: "an index with a threshold, of images of at least two groups", got: "one without")
        }
        (search, self.calibration, withholds) = (CopySearch(index), calibration, policy == .withhold)
    }

    /// Images that are searched.
    var count: Int { search.index.count }

    /// Bytes that the index takes in memory.
    var bytes: Int { search.bytes }

    /// What the search says of an image: as the job's entry of the image has it. The image that it is near to is not in
    /// it.
    struct Finding: Sendable {
        let json: JSONObject
        let isWithheld: Bool
    }

    func look(at picture: PixelImage) throws -> Finding {
        guard let match = try search.match(ofAnySize: picture) else {
            return Finding(
                json: [
                    "score": .null, "rank": .null, "of": .integer(calibration.scores.count), "flagged": false,
                    "withheld": false,
                ], isWithheld: false)
        }
        let isFlagged = match.score > calibration.threshold
        let json: JSONObject = [
            "score": .double((Double(match.score) * 10_000).rounded() / 10_000),
            "rank": .integer(calibration.rank(of: match.score)), "of": .integer(calibration.scores.count),
            "flagged": .bool(isFlagged), "withheld": .bool(isFlagged && withholds),
        ]
        return Finding(json: json, isWithheld: isFlagged && withholds)
    }

    /// Why an image is not there, for people.
    static let reason = "The image is too near to an image that the model was trained on, so it was not kept."
}

extension ImageTraits {
    /// Whether the image was made and not kept.
    var isWithheld: Bool { mediaType == CopyWatch.mediaType }
}
