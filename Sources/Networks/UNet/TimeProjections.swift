import Tensors

/// The `time_emb_proj` of every resnet, stacked into one linear layer: one product for the whole network instead of one
/// small product per block.
struct TimeProjections: Sendable {
    private let layer: Convolution
    private let function: ActivationFunction

    /// Where one resnet's floats lie in the stacked result.
    struct Place: Sendable {
        let start: Int, count: Int

        func rows(_ projected: Activation) -> ChannelBias { ChannelBias(projected, start: start, count: count) }
    }

    /// Collects the projections while the blocks are built.
    struct Builder {
        let inputs: Int
        private var weight: [Float] = []
        private var bias: [Float] = []
        private var places: ParameterPlaces?

        init(inputs: Int, isTrained: Bool) {
            self.inputs = inputs
            if isTrained { places = ParameterPlaces(weights: [], biases: []) }
        }

        /// A bias that joins the projection's own: [outputs], and where its gradient goes.
        struct Added {
            let bias: [Float]
            let start: Int?
        }

        /// Reads `weight` [outputs, inputs] and `bias` [outputs]; `added` joins the bias.
        /// - Throws: `CheckpointError` where a tensor is missing or has another shape.
        mutating func add(_ weights: ParameterReader, outputs: Int, added: Added? = nil) throws -> Place {
            let own = try weights.floats("bias", shape: [outputs])
            weight += try weights.floats("weight", shape: [outputs, inputs])
            bias += added.map { zip(own, $0.bias).map { $0 + $1 } } ?? own
            let start = bias.count - outputs
            note(weights, start..<start + outputs, added)
            let rows = (outputs + 15) / 16 * 16  // blocks start at whole vectors
            weight += [Float](repeating: 0, count: (rows - outputs) * inputs)
            bias += [Float](repeating: 0, count: rows - outputs)
            return Place(start: start, count: rows)
        }

        private mutating func note(_ weights: ParameterReader, _ outputs: Range<Int>, _ added: Added?) {
            if let weight = weights.start(of: "weight") {
                places?.weights.append(.init(outputs: outputs, start: weight))
            }
            for start in [weights.start(of: "bias"), added?.start].compactMap(\.self) {
                places?.biases.append(.init(outputs: outputs, start: start))
            }
        }

        func build(_ function: ActivationFunction) -> TimeProjections {
            let shape = ConvolutionShape(sources: [inputs], outputs: bias.count)
            let layer = Convolution(
                shape, weight: places == nil ? weight : nil, bias: bias, places: places)
            return TimeProjections(layer: layer, function: function)
        }
    }

    var convolutions: [Convolution] { [layer] }

    /// How the weights of all are filled, if they are trained.
    var fills: [WeightFill] { layer.fills }

    /// act(embedding) times every projection: [1, 1, batch, all outputs].
    func callAsFunction(_ embedding: Activation, _ pass: Pass) -> Activation {
        layer(.init([embedding], activation: function), .init(), pass)
    }
}
