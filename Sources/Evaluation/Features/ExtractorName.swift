/// Which features are asked for: `efficientnet-lite0`, `radiomics`, `inception-v3:FILE` or `dinov2:FILE`.
public enum ExtractorName: Sendable, Equatable {
    case efficientNetLite0
    case radiomics
    case inception(file: String)
    case dinov2(file: String)

    /// What the option takes, for messages.
    public static let forms = "efficientnet-lite0, radiomics, inception-v3:FILE or dinov2:FILE"

    /// Whether features of an extractor of that name are Inception-v3's: nil where the name is none of those here, as
    /// that of features which another program made may be. What follows it, such as a size, does not matter.
    static func isInception(_ extractor: String) -> Bool? {
        if extractor.hasPrefix("inception-v3") { return true }
        return ["efficientnet-lite0", "dinov2", "radiomics"].contains { extractor.hasPrefix($0) } ? false : nil
    }

    /// - Throws: `EvaluationError` for anything else.
    public init(_ text: String) throws(EvaluationError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let file = parts.count == 2 && !parts[1].isEmpty ? parts[1] : nil
        switch (parts[0], file) {
        case ("efficientnet-lite0", nil) where parts.count == 1: self = .efficientNetLite0
        case ("radiomics", nil) where parts.count == 1: self = .radiomics
        case ("inception-v3", let file?): self = .inception(file: file)
        case ("dinov2", let file?): self = .dinov2(file: file)
        default: throw EvaluationError("--features", expected: Self.forms, got: text)
        }
    }
}
