import Checkpoints
import TestSupport

/// Weights that are a formula of their name and index (Tests/Fixtures/evaluation/formula_weights.py), so that no fixture
/// has to hold them.
enum FormulaWeights {
    /// Numbers from -1 up to 1: splitmix64 from the FNV-1a hash of the name.
    static func uniform(_ name: String, _ count: Int) -> [Float] {
        let start = name.utf8.reduce(14_695_981_039_346_656_037 as UInt64) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
        return (0..<count).map { index in
            Float(SplitMix64.mix(start &+ UInt64(index + 1) &* 0x9E37_79B9_7F4A_7C15) >> 40) / 0x1p23 - 1
        }
    }

    static func tensor(_ name: String, _ shape: [Int]) -> [Float] {
        let u = uniform(name, shape.reduce(1, *)), last = name.split(separator: ".").last ?? ""
        switch last {
        case "running_var": return u.map { 1 + 0.5 * $0 }
        case "running_mean", "bias": return u.map { 0.125 * $0 }
        case "lambda1": return u.map { 0.5 + 0.25 * $0 }
        case _ where last.hasSuffix("_token") || last.hasSuffix("_embeddings"): return u.map { 0.5 * $0 }
        case _ where shape.count == 1: return u.map { 1 + 0.25 * $0 }
        default:
            let scale = Float((6 / Double(shape.dropFirst().reduce(1, *))).squareRoot())
            return u.map { scale * $0 }
        }
    }

    /// Of whatever network asks.
    static var weights: Weights { Weights(making: { name, shape in tensor(name, shape) }) }

    /// Of a network that looks at the shapes first.
    static func weights(_ shapes: [String: [Int]]) -> Weights {
        Weights(
            tensors: Dictionary(
                uniqueKeysWithValues: shapes.map { name, shape in (name, (shape, tensor(name, shape))) }))
    }
}
