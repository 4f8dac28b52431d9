/// A convolution backwards. Forward it is, for result y [batch, height, width, outputs],
///
///     y = (conv(a) + bias + channelBias + residual) * scale,   a = upsampled(act(norm(sources side by side)))
///
/// so with dz = dy * scale: the residual's gradient is dz, the biases' its sums over pixels, the weights' the sum over
/// pixels of a times dz, and a's the convolution of dz with the turned kernel.
struct ConvolutionGradient {
    let layer: Convolution
    let backward: ConvolutionBackward
    let input: Convolution.Input
    let output: Convolution.Output

    /// - Parameter gradient: of the result, [batch, height, width, outputs]; owned.
    func run(_ gradient: Activation, _ pass: Pass) {
        if output.scale != 1 { scale(gradient, pass) }
        addWeightsAndBiases(gradient, pass)
        if input.sources.contains(where: pass.needsGradient) { addInputs(gradient, pass) }
        if let residual = output.residual {
            pass.addGradient(gradient, to: residual)
        } else {
            pass.release(gradient)
        }
    }

    private func scale(_ gradient: Activation, _ pass: Pass) {
        let half = output.scale / 2  // x + x is exact
        pass.parallel(gradient.batch * gradient.height, scratch: 0) { item, _ in
            let row = gradient.rows(item / gradient.height, from: item % gradient.height)
                .slice(0, gradient.width * gradient.pitch)
            pass.kernels.add(row, row, into: row, scale: half)
        }
    }

    // MARK: Biases

    /// - Parameter gradient: of the result, or what its pixels come to, some by some.
    private func addBiases(_ gradient: Activation, _ pass: Pass) {
        pass.operation("bias gradient of \(layer.shape.outputs), \(gradient.height)x\(gradient.width)") {
            let batch = gradient.batch, pitch = gradient.pitch, sums = pass.allocate(batch * pitch)
            pass.parallel(batch * (pitch / lanes), scratch: 0) { item, _ in
                let n = item / (pitch / lanes), c = item % (pitch / lanes) * lanes
                pass.kernels.sums(
                    .init(
                        x: gradient.rows(n, from: 0).from(c), stride: pitch, pixels: gradient.width,
                        rowPitch: gradient.width * pitch, rows: gradient.height, channels: lanes,
                        sums: sums.slice(n * pitch + c, lanes)))
            }
            if let channelBias = output.channelBias {
                add(sums, to: channelBias, pitch: pitch, pass)
            } else if let parameters = pass.tape?.parameters {
                for run in backward.places.biases { Self.add(sums, pitch: pitch, run, to: parameters) }
            }
            pass.release(sums)
        }
    }

    private func add(_ sums: FloatView, to channelBias: ChannelBias, pitch: Int, _ pass: Pass) {
        let rows = pass.zeroedGradient(of: channelBias.rows)
        if pass.isMeasuring { return }
        for n in 0..<sums.count / pitch {
            let row = channelBias.row(n, of: rows)
            for c in 0..<layer.shape.outputs { row[c] += sums[n * pitch + c] }
        }
    }

    /// Adds a parameter's sums, image by image.
    private static func add(_ sums: FloatView, pitch: Int, _ run: ParameterPlaces.Run, to parameters: FloatView) {
        for n in 0..<sums.count / pitch {
            for o in run.outputs { parameters[run.start + o - run.outputs.lowerBound] += sums[n * pitch + o] }
        }
    }

    // MARK: Weights

    private func addWeightsAndBiases(_ gradient: Activation, _ pass: Pass) {
        let call = ConvolutionCall(
            shape: layer.shape, input: input, output: .init(), result: gradient, ownBias: layer.bias,
            kernels: pass.kernels)
        if WinogradWeightGradient.suits(layer.shape) {
            let sums = WinogradWeightGradient(call, backward.places, pass).run(pass)
            addBiases(sums, pass)
            pass.release(sums.values)
        } else {
            addBiases(gradient, pass)
            DirectWeightGradient(call, backward.places).run(pass)
        }
    }

    // MARK: Inputs

    private func addInputs(_ gradient: Activation, _ pass: Pass) {
        if let pixels = PixelGradient(layer, backward, input, gradient) { return pixels.run(pass) }
        if let scale = input.norm, !input.upsampled {
            let norm = pass.takeGradient(of: scale), stage = ActivationStage(norm, input.activation, pass)
            let a = prepared(gradient, pass) { a, part in stage.run(a, part) }
            return norm.run(a, stage, isActivated: true, pass)
        }
        var a = prepared(gradient, pass)
        if input.upsampled {
            let small = a.summed(pass)
            pass.release(a)
            a = small
        }
        pass.addGradient(a, toPrepared: input.sources, norm: input.norm, function: input.activation)
    }

    /// The gradient of the prepared input.
    /// - Parameter epilogue: what is done to each part of it just written.
    private func prepared(
        _ gradient: Activation, _ pass: Pass,
        epilogue: ((_ result: Activation, _ part: ConvolutionCall.Part) -> Void)? = nil
    ) -> Activation {
        var output = Convolution.Output()
        output.epilogue = epilogue
        guard layer.shape.stride > 1 else { return backward.turned(.init([gradient]), output, pass) }
        let spread = spread(gradient, pass)
        let result = backward.turned(.init([spread]), output, pass)
        pass.release(spread)
        return result
    }

    /// The result's gradient on the grid of its input, zero between its pixels: pixel y of it meets the kernel's
    /// middle at input pixel `stride` y + kernel height / 2 - padding.
    private func spread(_ gradient: Activation, _ pass: Pass) -> Activation {
        let shape = layer.shape, stride = shape.stride, middle = shape.kernel.height / 2
        let (top, left) = (middle - shape.padding.top, middle - shape.padding.left)
        return pass.operation("gradient of \(gradient.channels) spread, \(input.height)x\(input.width)") {
            let result = pass.allocate(
                batch: gradient.batch, height: input.height, width: input.width, channels: gradient.channels)
            pass.parallel(result.batch * result.height, scratch: 0) { item, _ in
                let n = item / result.height, y = item % result.height
                let row = result.rows(n, from: y).slice(0, result.width * result.pitch)
                row.fill(0)
                guard y >= top, (y - top) % stride == 0, (y - top) / stride < gradient.height else { return }
                pass.kernels.affine(
                    .init(
                        x: gradient.rows(n, from: (y - top) / stride), xStride: gradient.pitch,
                        y: row.from(left * result.pitch), yStride: stride * result.pitch,
                        pixels: min(gradient.width, (result.width - left + stride - 1) / stride),
                        channels: gradient.pitch))
            }
            return result
        }
    }
}

extension Pass {
    /// Takes the gradient of act(norm(sources side by side)) back to the sources.
    /// - Parameter gradient: [batch, height, width, channels of the sources, each padded]; owned.
    func addGradient(
        _ gradient: Activation, toPrepared sources: [Activation], norm: NormScale?, function: ActivationFunction
    ) {
        if norm == nil, case .identity = function { return distribute(gradient, to: sources) }
        if let norm { return takeGradient(of: norm).run(gradient, after: function, self) }
        operation("gradient of activation of \(gradient.channels), \(gradient.height)x\(gradient.width)") {
            parallel(gradient.batch * gradient.height, scratch: 0) { item, _ in
                let n = item / gradient.height, y = item % gradient.height
                var start = 0
                for source in sources {
                    kernels.affineGradient(
                        .init(
                            x: source.rows(n, from: y), xStride: source.pitch,
                            g: gradient.rows(n, from: y).from(start), gStride: gradient.pitch, pixels: source.width,
                            channels: source.pitch, activation: function))
                    start += source.pitch
                }
            }
        }
        distribute(gradient, to: sources)
    }

    /// Adds the parts of a gradient of sources side by side to each of them.
    private func distribute(_ gradient: Activation, to sources: [Activation]) {
        guard sources.count > 1 else { return addGradient(gradient, to: sources[0]) }
        var start = 0
        for source in sources {
            defer { start += source.pitch }
            guard needsGradient(source) else { continue }
            let (sum, isNew) = accumulatedGradient(of: source), from = start
            operation("gradient of \(source.channels) taken apart, \(source.height)x\(source.width)") {
                parallel(source.batch * source.height, scratch: 0) { item, _ in
                    let n = item / source.height, y = item % source.height
                    let part = gradient.rows(n, from: y).from(from), target = sum.rows(n, from: y)
                    if isNew {
                        return kernels.affine(
                            .init(
                                x: part, xStride: gradient.pitch, y: target, yStride: source.pitch,
                                pixels: source.width, channels: source.pitch))
                    }
                    for p in 0..<source.width {
                        let old = target.slice(p * source.pitch, source.pitch)
                        kernels.add(old, part.slice(p * gradient.pitch, source.pitch), into: old, scale: 1)
                    }
                }
            }
        }
        release(gradient)
    }
}
