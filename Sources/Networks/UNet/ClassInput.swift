/// What the network is told about the class of an image.
public enum ClassInput: Sendable, Equatable {
    /// The model takes no class.
    case none
    /// Rows of the class table, summed; at least one.
    case rows([Int])
    /// One number, embedded as a timestep is (`class_embed_type` "timestep").
    case value(Float)
    /// The embedding itself (`class_embed_type` "identity"), [timeEmbeddingDim].
    case vector([Float])

    /// An input of the kind that a network takes, for reckoning what an evaluation costs and for trying it out.
    public static func example(for configuration: UNetConfiguration) -> ClassInput {
        switch configuration.classEmbedding {
        case nil: .none
        case .table: .rows([0])
        case .timestep: .value(0)
        case .identity: .vector([Float](repeating: 0, count: configuration.timeEmbeddingDim))
        }
    }

    /// The kind in words, for messages.
    var summary: String {
        switch self {
        case .none: "none"
        case .rows(let rows): "\(rows.count) rows of a class table"
        case .value: "a class value"
        case .vector(let vector): "a class vector of \(vector.count) numbers"
        }
    }
}
