/// A two-dimensional convolution with everything that surrounds it in a UNet fused in: concatenation, group norm,
/// activation and nearest upsampling on the way in; bias, time embedding, residual and scale on the way out.
///
/// Linear layers are 1x1 convolutions. One work item prepares a padded band of input rows in its thread's scratch and
/// computes its output rows from it, by the method that suits the layer's shape.
public struct Convolution: Sendable {
    public let shape: ConvolutionShape
    let weights: Packed
    let bias: FloatBuffer
    /// How its gradients are computed; nil where it only serves inference.
    let backward: ConvolutionBackward?

    /// The weights as the layer's method reads them.
    enum Packed: Sendable {
        case direct(PackedWeights)
        case winograd(WinogradWeights)
        /// Weights of a pointwise layer over gathered taps.
        case gathered(PackedWeights)
        /// Weights of a pointwise layer to all taps' products.
        case collected(PackedWeights)
        /// Weights as those of direct, multiplied by OpenBLAS.
        case reference(PackedWeights)
    }

    /// - Parameters:
    ///   - weight: [outputs, inputs, kernel height, kernel width] in torch's order; nil for zeros, which `fills`
    ///     replace.
    ///   - bias: [outputs], or nil for none.
    ///   - plan: by which the method is chosen.
    ///   - places: where its gradients go, if it is to be trained.
    public init(
        _ shape: ConvolutionShape, weight: [Float]?, bias: [Float]?, plan: ConvolutionPlan = ConvolutionPlan(),
        places: ParameterPlaces? = nil
    ) {
        self.shape = shape
        backward = places.map { ConvolutionBackward(shape, weight: weight, plan: plan, places: $0) }
        let (outputs, sources) = (shape.outputs, shape.sources), plan = places == nil ? plan : plan.trained
        func packed(isByChannel: Bool = false) -> PackedWeights {
            PackedWeights(
                weight: weight, outputs: outputs, sources: sources, kernel: shape.kernel, isByChannel: isByChannel)
        }
        weights =
            switch plan.method(shape) {
            case .direct: .direct(packed())
            case .reference: .reference(packed())
            case .gathered:
                .gathered(
                    PackedWeights(gathering: weight, outputs: outputs, channels: shape.inputs, kernel: shape.kernel))
            case .collected: .collected(PackedWeights(collecting: weight, outputs: outputs, sources: sources))
            case .winograd(let output):
                .winograd(WinogradWeights(packed(isByChannel: true), output: output, form: plan.form(output, shape)))
            }
        let buffer = FloatBuffer(count: padded(outputs))
        if let bias { buffer.view.slice(0, outputs).copy(from: bias) }
        self.bias = buffer
    }

    /// What flows in: one or two activations of equal size, concatenated on channels, and what is done to them first.
    public struct Input {
        public var sources: [Activation]
        public var norm: NormScale?
        public var activation: ActivationFunction
        /// Whether nearest upsampling by two comes before the convolution.
        public var upsampled: Bool

        public init(
            _ sources: [Activation], norm: NormScale? = nil, activation: ActivationFunction = .identity,
            upsampled: Bool = false
        ) {
            (self.sources, self.norm, self.activation, self.upsampled) = (sources, norm, activation, upsampled)
        }

        var height: Int { sources[0].height * (upsampled ? 2 : 1) }
        var width: Int { sources[0].width * (upsampled ? 2 : 1) }
        var pitch: Int { sources.reduce(0) { $0 + $1.pitch } }
    }

    /// What is done to the result: (conv + bias + channelBias + residual) * scale.
    public struct Output {
        /// Per image and output channel, in place of the layer's own bias; see `TimeProjections`.
        var channelBias: ChannelBias?
        public var residual: Activation?
        public var scale: Float
        /// Whether a norm will follow, so that row moments are gathered.
        public var moments: Bool
        /// What is done to each part of the result just written, by the thread that has written it.
        var epilogue: ((_ result: Activation, _ part: ConvolutionCall.Part) -> Void)?

        public init(
            channelBias: ChannelBias? = nil, residual: Activation? = nil, scale: Float = 1, moments: Bool = false
        ) {
            (self.channelBias, self.residual, self.scale, self.moments) = (channelBias, residual, scale, moments)
        }
    }

    /// A new activation [batch, height, width, outputs]. The inputs stay allocated.
    public func callAsFunction(_ input: Input, _ output: Output = Output(), _ pass: Pass) -> Activation {
        let (height, width) = shape.output(height: input.height, width: input.width), batch = input.sources[0].batch
        let work = batch.saturatingProduct(height, width, shape.outputs, shape.inputs, shape.kernel.taps)
        let result = pass.operation("\(self), \(height)x\(width)", multiplyAdds: work) {
            let result = pass.allocate(
                batch: batch, height: height, width: width, channels: shape.outputs, moments: output.moments)
            let call = ConvolutionCall(
                shape: shape, input: input, output: output, result: result, ownBias: bias, kernels: pass.kernels)
            run(call, pass)
            return result
        }
        if let backward, pass.isRecording {
            let gradient = ConvolutionGradient(layer: self, backward: backward, input: input, output: output)
            pass.record(result) { gradient.run($0, pass) }
        }
        return result
    }

    private func run(_ call: ConvolutionCall, _ pass: Pass) {
        let threads = pass.threads
        switch weights {
        case .direct(let packed): DirectConvolution(call, packed, usesBLAS: false, threads: threads).run(pass)
        case .reference(let packed): DirectConvolution(call, packed, usesBLAS: true, threads: threads).run(pass)
        case .gathered(let packed): GatheredConvolution(call, packed, threads: threads).run(pass)
        case .collected(let packed): CollectedConvolution(call, packed, threads: threads).run(pass)
        case .winograd(let packed): WinogradConvolution(call, packed).run(pass)
        }
    }
}

extension Convolution {
    /// Bytes of the weights and of the bias, as they are always held; and of what is made of the weights, beside them,
    /// when a batch or a large image first needs it.
    public var weightBytes: (held: Int, made: Int) {
        let floats =
            switch weights {
            case .direct(let packed), .gathered(let packed), .collected(let packed), .reference(let packed):
                (held: packed.buffer.count, made: 0)
            case .winograd(let weights): weights.floats
            }
        return ((floats.held + bias.count) * MemoryLayout<Float>.stride, floats.made * MemoryLayout<Float>.stride)
    }

    /// Gives back what was made of the weights for batches and large images; the next of these makes it again.
    public func giveBackMadeWeights() {
        if case .winograd(let weights) = weights { weights.giveBackMade() }
    }
}

extension Convolution: CustomStringConvertible {
    /// Kernel, channels and method.
    public var description: String {
        let method =
            switch weights {
            case .direct: shape.stride == 1 ? "direct" : "direct, stride \(shape.stride)"
            case .winograd(let weights): "winograd \(weights.output)"
            case .gathered: "gathered"
            case .collected: "collected"
            case .reference: "reference"
            }
        let sources = shape.sources.map(String.init).joined(separator: "+")
        return "convolution \(shape.kernel) \(sources) -> \(shape.outputs), \(method)"
    }
}
