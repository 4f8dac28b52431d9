import Checkpoints
import Tensors

/// Fetches the weights of a part of a network, and notes each of them as a parameter under its full name.
struct ParameterReader {
    private let weights: Weights
    /// What the names of this part begin with: empty, or with a final dot.
    private let prefix: String
    private let noted: Noted
    /// Whether the layers that are made of what is read are to be differentiated.
    let isTrained: Bool

    /// Shared by all parts of a network while it is built.
    private final class Noted {
        var parameters = ParameterSet()
        var fills: [WeightFill] = []
    }

    /// - Parameter weights: of the whole network.
    init(_ weights: Weights, isTrained: Bool = false) {
        self.init(weights: weights, prefix: "", noted: Noted(), isTrained: isTrained)
    }

    private init(weights: Weights, prefix: String, noted: Noted, isTrained: Bool) {
        (self.weights, self.prefix, self.noted, self.isTrained) = (weights, prefix, noted, isTrained)
    }

    /// What the whole network has fetched so far.
    var parameters: ParameterSet { noted.parameters }

    /// The part whose names begin with this one's prefix, `name` and a dot.
    func scoped(_ name: String) -> ParameterReader {
        ParameterReader(
            weights: weights.scoped(name), prefix: "\(prefix)\(name).", noted: noted, isTrained: isTrained)
    }

    /// The values of a parameter, row major.
    /// - Throws: `CheckpointError` where there is none, or one of another shape, or one that cannot be read.
    func floats(_ key: String, shape: [Int]) throws(CheckpointError) -> [Float] {
        let values = try weights.floats(key, shape: shape)
        noted.parameters.note(prefix + key, shape: shape)
        return values
    }

    /// The values of a layer's weight, or nil where the layer is trained: then they are filled in afterwards.
    /// - Throws: as `floats`.
    func weight(_ key: String, shape: [Int]) throws(CheckpointError) -> [Float]? {
        guard isTrained else { return try floats(key, shape: shape) }
        noted.parameters.note(prefix + key, shape: shape)
        return nil
    }

    /// How the weights are filled of the layers that have been made so far of what was read, if they are trained.
    var fills: [WeightFill] { noted.fills }

    /// Notes how a layer's weights are filled.
    func note(_ fills: [WeightFill]) { noted.fills += fills }

    /// Where the gradient of a parameter that has been read begins, or nil where none is wanted.
    func start(of key: String) -> Int? { isTrained ? noted.parameters[prefix + key]?.start : nil }

    /// Where the gradients of a layer go whose `weight` and `bias` have been read, or nil where none are wanted.
    func places(outputs: Int) -> ParameterPlaces? {
        guard let weight = start(of: "weight"), let bias = start(of: "bias") else { return nil }
        return ParameterPlaces(weight: weight, bias: bias, outputs: outputs)
    }

    /// A parameter whose rows are looked up.
    /// - Parameter rows: nil for a single one, of a parameter without rows.
    /// - Throws: as `floats`.
    func table(_ key: String, rows: Int?, width: Int) throws(CheckpointError) -> ParameterTable {
        let values = try floats(key, shape: (rows.map { [$0] } ?? []) + [width])
        let table = ParameterTable(values, width: width, start: start(of: key))
        note(table.fills)
        return table
    }
}
