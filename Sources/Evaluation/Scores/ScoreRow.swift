import JSON

/// A row of the table of numbers: what synthetic images score, between the two rows that give it meaning.
public struct ScoreRow: Sendable, Hashable {
    /// Of the synthetic images beside the held-out real ones.
    public let synthetic: Score
    /// Of one half of the held-out patients beside the other: what a perfect generator would score of as few images.
    public let realAgainstReal: Score?
    /// Of one half, blurred by a sigma of one pixel, beside the other: what a defect that one can just see scores.
    public let blurredReal: Score?

    /// The rows of the synthetic images' numbers, in their order, each beside the references of its name.
    public static func rows(synthetic: [Score], realAgainstReal: [Score], blurredReal: [Score]) -> [ScoreRow] {
        synthetic.map { score in
            ScoreRow(
                synthetic: score, realAgainstReal: realAgainstReal.first { $0.name == score.name },
                blurredReal: blurredReal.first { $0.name == score.name })
        }
    }

    /// The number as `Score.json` has it, with members `real_against_real` and `blurred_real`, null where there is
    /// none.
    public var json: JSONObject {
        var object = synthetic.json
        object["real_against_real"] = realAgainstReal.map { .object($0.json) } ?? .null
        object["blurred_real"] = blurredReal.map { .object($0.json) } ?? .null
        return object
    }
}

extension Sequence<ScoreRow> {
    /// The rows by the names of their numbers, in their order.
    public var json: JSONObject { JSONObject(map { ($0.synthetic.name, .object($0.json)) }) }
}
