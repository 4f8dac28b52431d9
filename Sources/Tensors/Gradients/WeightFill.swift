import Dispatch

/// How a part of a trained layer's weights comes from the values of all parameters into the memory that the layer's
/// kernels read. That memory stays: after every step of an optimiser it is filled anew.
public struct WeightFill: Sendable {
    private let body: @Sendable (_ values: FloatView) -> Void

    /// - Parameter body: takes the values of all parameters, side by side as in the network's `ParameterSet`.
    init(_ body: @escaping @Sendable (_ values: FloatView) -> Void) { self.body = body }

    /// Fills all parts, which are apart from each other.
    /// - Parameter values: of all parameters.
    public static func run(_ fills: [WeightFill], values: [Float]) {
        FloatView.reading(values) { values in
            DispatchQueue.concurrentPerform(iterations: fills.count) { fills[$0].body(values) }
        }
    }
}

extension Convolution {
    /// How its weights, its bias and the weights of its backward pass are filled; nothing where it only serves
    /// inference.
    public var fills: [WeightFill] {
        guard let backward else { return [] }
        let places = backward.places, bias = bias.view, (own, buffer) = (self, self.bias)
        let biases = WeightFill { values in
            bias.fill(0)
            for run in places.biases {
                for o in run.outputs { bias[o] += values[run.start + o - run.outputs.lowerBound] }
            }
            withExtendedLifetime(buffer) {}
        }
        return own.fills(places, turnedFrom: nil) + backward.turned.fills(places, turnedFrom: shape) + [biases]
    }

    /// - Parameter layer: of which this is the turned one, if it is.
    private func fills(_ places: ParameterPlaces, turnedFrom layer: ConvolutionShape?) -> [WeightFill] {
        switch weights {
        case .direct(let packed), .reference(let packed): return Self.fills(packed, places, turnedFrom: layer)
        case .winograd(let weights):
            guard let packed = weights.untransformed else {
                fatalError("the plan of a layer that is trained keeps its weights as they are")
            }
            return Self.fills(packed, places, turnedFrom: layer)
        case .gathered(let packed), .collected(let packed):
            // Small: made as they are made at first.
            let (shape, method) = (self.shape, self.weights)
            return [
                WeightFill { values in
                    let perOutput = (layer ?? shape).inputs * shape.kernel.taps
                    let weight = places.weights.flatMap { values.slice($0.start, $0.outputs.count * perOutput).array }
                    let own = layer.map { ConvolutionBackward.turn(weight, $0, pitch: shape.outputs) } ?? weight
                    let made = Self.packed(own, shape, method)
                    withExtendedLifetime(made) { packed.buffer.view.copy(from: made.buffer.view) }
                }
            ]
        }
    }

    /// A panel at a time.
    private static func fills(
        _ packed: PackedWeights, _ places: ParameterPlaces, turnedFrom layer: ConvolutionShape?
    ) -> [WeightFill] {
        let kernels = Kernels(tier: .best)
        return (0..<packed.panelCount).map { panel in
            WeightFill { values in
                for run in places.weights {
                    if let layer {
                        packed.fillTurned(panel: panel, of: layer, with: run, of: values, kernels)
                    } else {
                        packed.fill(panel: panel, with: run, of: values, kernels)
                    }
                }
            }
        }
    }

    private static func packed(_ weight: [Float], _ shape: ConvolutionShape, _ method: Packed) -> PackedWeights {
        if case .collected = method {
            return PackedWeights(collecting: weight, outputs: shape.outputs, sources: shape.sources)
        }
        return PackedWeights(gathering: weight, outputs: shape.outputs, channels: shape.inputs, kernel: shape.kernel)
    }
}

extension GroupNorm {
    /// How its weight and bias are filled; nothing where it only serves inference.
    public var fills: [WeightFill] {
        guard let places else { return [] }
        let (weight, bias) = (weight, bias)
        return [
            WeightFill { values in
                weight.view.copy(from: values.slice(places.weight, weight.count))
                bias.view.copy(from: values.slice(places.bias, bias.count))
            }
        ]
    }
}
