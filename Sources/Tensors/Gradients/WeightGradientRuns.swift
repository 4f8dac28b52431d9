/// Sums of products of a layer's inputs and outputs, on their way to the gradients of its weights.
struct WeightGradientRuns {
    let shape: ConvolutionShape
    let places: ParameterPlaces
    /// [plane][input][output], inputs `pitch` floats apart; planes are taps, or Winograd's points.
    let sums: FloatView
    let plane: Int, pitch: Int
    let isWinograd: Bool
    var isDoubled = false

    /// Adds them to the gradients. A work item is 16 outputs of one parameter.
    func add(_ pass: Pass) {
        let panels = places.weights.flatMap { run in
            (run.outputs.lowerBound / lanes...(run.outputs.upperBound - 1) / lanes).map { (run: run, panel: $0) }
        }
        pass.parallel(panels.count, scratch: 0) { item, _ in
            guard let parameters = pass.tape?.parameters else { return }
            add(panels[item].panel, of: panels[item].run, to: parameters, pass.kernels)
        }
    }

    private func add(_ panel: Int, of run: ParameterPlaces.Run, to parameters: FloatView, _ kernels: Kernels) {
        let taps = shape.kernel.taps, perOutput = shape.inputs * taps
        let outputs = run.outputs.clamped(to: panel * lanes..<(panel + 1) * lanes)
        let gradient = parameters.slice(
            run.start + (outputs.lowerBound - run.outputs.lowerBound) * perOutput, outputs.count * perOutput)
        var input = 0, position = 0
        for source in shape.sources {
            kernels.filterGradient(
                .init(
                    w: sums.from(position * pitch + panel * lanes), plane: plane, pitch: pitch,
                    isWinograd: isWinograd, isDoubled: isDoubled, inputs: source, taps: taps,
                    outputs: outputs.lowerBound - panel * lanes..<outputs.upperBound - panel * lanes,
                    gradient: gradient.from(input * taps), gradientStride: perOutput))
            input += source
            position += padded(source)
        }
    }
}
