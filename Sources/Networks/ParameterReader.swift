import Checkpoints
import Tensors

/// Fetches the weights of a part of a network, and notes each of them as a parameter under its full name.
struct ParameterReader {
    private let weights: Weights
    /// What the names of this part begin with: empty, or with a final dot.
    private let prefix: String
    private let noted: Noted

    /// Shared by all parts of a network while it is built.
    private final class Noted {
        var parameters = ParameterSet()
    }

    /// - Parameter weights: of the whole network.
    init(_ weights: Weights) { self.init(weights: weights, prefix: "", noted: Noted()) }

    private init(weights: Weights, prefix: String, noted: Noted) {
        (self.weights, self.prefix, self.noted) = (weights, prefix, noted)
    }

    /// What the whole network has fetched so far.
    var parameters: ParameterSet { noted.parameters }

    /// The part whose names begin with this one's prefix, `name` and a dot.
    func scoped(_ name: String) -> ParameterReader {
        ParameterReader(weights: weights.scoped(name), prefix: "\(prefix)\(name).", noted: noted)
    }

    /// The values of a parameter, row major.
    /// - Throws: `CheckpointError` where there is none, or one of another shape, or one that cannot be read.
    func floats(_ key: String, shape: [Int]) throws(CheckpointError) -> [Float] {
        let values = try weights.floats(key, shape: shape)
        noted.parameters.note(prefix + key, shape: shape)
        return values
    }
}
