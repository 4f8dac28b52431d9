import Bytes
import JSON

/// The header of the file, JSON: how much is behind it, and what it was made of.
extension CopyIndex {
    var header: JSONObject {
        var object: JSONObject = [
            "images": .integer(count), "side": .integer(GreyLevels.side), "features": .integer(directions.axes.count),
            "dataset": .string(origin.dataset), "width": .integer(origin.width), "height": .integer(origin.height),
            "channels": .integer(origin.channels),
        ]
        if let calibration {
            object["calibration"] = [
                "source": .string(calibration.source.rawValue), "scores": .integer(calibration.scores.count),
                "threshold": .double(Double(calibration.threshold)), "checked": .integer(calibration.checked),
                "alarms": .integer(calibration.alarms), "groups": .integer(calibration.groups),
            ]
        }
        return object
    }

    /// What the header says.
    struct Header {
        let images: Int, features: Int
        let origin: Origin
        let scores: Int
        private let calibrated:
            (source: CopyCalibration.Source, threshold: Float, checked: Int, alarms: Int, groups: Int)?

        init(_ bytes: [UInt8], place: String) throws(CopyError) {
            do {
                let root = JSONCursor(try JSONReader().read(bytes))
                try root.refuseMembers(
                    otherThan: [
                        "images", "side", "features", "dataset", "width", "height", "channels", "calibration",
                    ])
                images = try root.required("images").int(in: 1...CopyIndex.mostImages)
                _ = try root.required("side").int(in: GreyLevels.side...GreyLevels.side)
                features = try root.required("features").int(in: 1...DetailDirections.most)
                let dataset = try root.required("dataset")
                guard let digest = Digest(hexadecimal: try dataset.string()) else {
                    throw dataset.mismatch(expected: "a SHA-256 digest in 64 hexadecimal digits")
                }
                origin = Origin(
                    dataset: digest.hexadecimal, width: try root.required("width").int(in: 1...65_536),
                    height: try root.required("height").int(in: 1...65_536),
                    channels: try root.required("channels").int(in: 1...4))
                guard let given = try root.member("calibration") else {
                    (scores, calibrated) = (0, nil)
                    return
                }
                try given.refuseMembers(
                    otherThan: ["source", "scores", "threshold", "checked", "alarms", "groups"])
                let words = CopyCalibration.Source.allCases.map(\.rawValue)
                let source = CopyCalibration.Source(rawValue: try given.required("source").string(oneOf: words))
                let checked = try given.required("checked").int(in: 0...CopyCalibration.mostScores)
                scores = try given.required("scores").int(in: 1...CopyCalibration.mostScores)
                calibrated = (
                    source ?? .training, Float(try given.required("threshold").double(in: -1e6...1)), checked,
                    try given.required("alarms").int(in: 0...checked),
                    try given.required("groups").int(in: 1...CopyCalibration.mostScores)
                )
            } catch let error as JSONMismatch {
                throw CopyError("\(place), header \(error.pointer)", expected: error.expected, got: error.got)
            } catch { throw CopyError("\(place), header", expected: "JSON", got: "\(error)") }
        }

        /// Bytes between the header and the digest: at most some gigabytes, by the ranges above.
        var contentLength: Int {
            4 * Fingerprint.count * (features + 1) + 4 * scores + images * (2 * features + CopyIndex.entryLength)
        }

        func calibration(_ scores: [Float]) -> CopyCalibration? {
            calibrated.map {
                CopyCalibration(
                    source: $0.source, scores: scores, checked: $0.checked, alarms: $0.alarms, groups: $0.groups,
                    threshold: $0.threshold)
            }
        }
    }
}
