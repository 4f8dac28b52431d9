import TestSupport

@testable import Tensors

/// The operations of a UNet one after the other, over two images of 16 channels: a resnet with time embedding,
/// attention, a way down and up again, and a skip connection. Some activations are read two and four times.
struct GradientChain: Sendable, CustomStringConvertible {
    let description = "chain"
    static let (batch, channels, height, width) = (2, 16, 6, 10)
    /// Whether the image's gradient is asked for; a network's input is a leaf.
    var asksForImage = true

    /// Of a layer, [outputs, inputs, height, width]; of a norm, [channels].
    static let weights: [(name: String, sources: [Int], outputs: Int, kernel: Int)] = [
        ("conv1", [16], 16, 3), ("conv2", [16], 16, 3), ("project", [16], 48, 1), ("out", [16], 16, 1),
        ("conv3", [16, 16], 3, 3),
    ]
    static let norms = ["norm1", "norm2"]

    static let image = Planes(
        batch, channels, height, width, values: doubles(batch * channels * height * width, seed: 3))
    /// Rows per image: a bias from 0, a modulation from 16.
    static let rows = Planes(1, 48, 1, batch, values: doubles(48 * batch, seed: 4))
    static let coefficients = ramp(batch * 3 * height * width, seed: 99)

    static let values: [String: [Double]] = {
        var values = ["image": image.values, "rows": rows.values]
        for (index, layer) in weights.enumerated() {
            let inputs = layer.sources.reduce(0, +), count = layer.outputs * inputs * layer.kernel * layer.kernel
            // As large as keeps the size of what flows.
            let size = (3 / Double(inputs * layer.kernel * layer.kernel)).squareRoot()
            values["\(layer.name).weight"] = doubles(count, seed: UInt64(10 + index)).map { Double(Float($0 * size)) }
            if index > 0 { values["\(layer.name).bias"] = doubles(layer.outputs, seed: UInt64(20 + index)) }
        }
        for (index, name) in norms.enumerated() {
            values["\(name).weight"] = doubles(channels, seed: UInt64(30 + index)).map { $0 + 1 }
            values["\(name).bias"] = doubles(channels, seed: UInt64(40 + index))
        }
        return values
    }()

    // MARK: By a pass

    /// The layers, and where their gradients go.
    private struct Layers {
        var places = TestPlaces()
        var convolutions: [String: Convolution] = [:]
        var norms: [String: GroupNorm] = [:]

        init() {
            func floats(_ name: String) -> [Float]? { GradientChain.values[name]?.map { Float($0) } }
            for layer in GradientChain.weights {
                let weight = floats("\(layer.name).weight") ?? [], bias = floats("\(layer.name).bias")
                var own = ParameterPlaces(weights: [], biases: [])
                own.weights = [
                    .init(outputs: 0..<layer.outputs, start: places.add("\(layer.name).weight", weight.count))
                ]
                if bias != nil {
                    own.biases = [
                        .init(outputs: 0..<layer.outputs, start: places.add("\(layer.name).bias", layer.outputs))
                    ]
                }
                convolutions[layer.name] = Convolution(
                    GradientChain.shape(layer.sources, layer.outputs, layer.kernel), weight: weight, bias: bias,
                    plan: ConvolutionPlan(height: 16, width: 16), places: own)
            }
            for name in GradientChain.norms {
                let weight = floats("\(name).weight") ?? [], bias = floats("\(name).bias") ?? []
                norms[name] = GroupNorm(
                    groups: 4, epsilon: 1e-5, weight: weight, bias: bias,
                    places: .init(
                        weight: places.add("\(name).weight", weight.count),
                        bias: places.add("\(name).bias", bias.count)))
            }
        }
    }

    fileprivate static func shape(_ sources: [Int], _ outputs: Int, _ kernel: Int) -> ConvolutionShape {
        ConvolutionShape(sources: sources, outputs: outputs, kernel: .square(kernel), padding: .same(kernel / 2))
    }

    private let layers = Layers()
    var places: TestPlaces { layers.places }

    func gradients(_ compute: Compute) throws -> [String: [Float]] {
        try compute.differentiate(places, coefficients: Self.coefficients) { forward($0, $1) }
    }

    /// The result, [2, 3, height, width].
    func forward(_ pass: Pass, _ inputs: InputGradients) -> Activation {
        let images = Self.image.values.map { Float($0) }, count = images.count / Self.batch
        let x =
            asksForImage
            ? inputs.input("image", Self.image, pass)
            : pass.activation(
                images: (0..<Self.batch).map { Array(images[$0 * count..<($0 + 1) * count]) },
                channels: Self.channels, height: Self.height, width: Self.width)
        let rows = inputs.input("rows", Self.rows, pass)
        func layer(_ name: String, _ input: Convolution.Input, _ output: Convolution.Output = .init()) -> Activation {
            guard let layer = layers.convolutions[name] else { fatalError("the chain has no layer \(name)") }
            return layer(input, output, pass)
        }
        func norm(_ name: String, _ x: Activation, _ modulation: ChannelBias? = nil) -> NormScale? {
            layers.norms[name]?([x], modulation: modulation, pass)
        }
        func release(_ activations: Activation...) { for activation in activations { pass.release(activation) } }
        let a = layer(
            "conv1", .init([x]), .init(channelBias: ChannelBias(rows, start: 0, count: 16), moments: true))
        let scale1 = norm("norm1", a, ChannelBias(rows, start: 16, count: 32))
        let b = layer(
            "conv2", .init([a], norm: scale1, activation: .silu), .init(residual: x, scale: 0.5, moments: true))
        let scale2 = norm("norm2", b)
        let projected = layer("project", .init([b], norm: scale2))
        let attended = Attention(heads: 2, headWidth: 8)(projected, pass)
        let c = layer("out", .init([attended]), .init(residual: b))
        let small = c.pooled(pass), large = small.upsampled(pass)
        let result = layer("conv3", .init([large, b], activation: .gelu))
        release(x, rows, a, b, projected, attended, c, small, large)
        if let scale1, let scale2 { [scale1, scale2].forEach(pass.release) }
        return result
    }

    // MARK: By definition

    static func differences() -> FiniteDifferences {
        let coefficients = coefficients.map(Double.init)
        return FiniteDifferences(values: values) { values, _ in result(values).loss(coefficients) }
    }

    private static func result(_ values: [String: [Double]]) -> Planes {
        let x = image.with(values["image"] ?? []), rows = rows.with(values["rows"] ?? [])
        func layer(_ name: String, _ x: Planes) -> Planes {
            guard let own = weights.first(where: { $0.name == name }) else { fatalError("no layer \(name)") }
            let size = Planes(x.batch, own.outputs, x.height, x.width), bias = values["\(name).bias"]
            var y = x.convolved(
                values["\(name).weight"] ?? [], shape(own.sources, own.outputs, own.kernel), into: size, size.whole)
            for index in y.values.indices {
                let place = y.place(of: index)
                y.values[index] += bias?[place.channel] ?? rows.values[place.channel * batch + place.image]
            }
            return y
        }
        func normed(_ name: String, _ x: Planes, _ modulation: (rows: Planes, start: Int)? = nil) -> Planes {
            x.normed(
                4, weight: values["\(name).weight"] ?? [], bias: values["\(name).bias"] ?? [], modulation: modulation)
        }
        let a = layer("conv1", x)
        let h = layer("conv2", normed("norm1", a, (rows, 16)).map(ActivationFunction.silu.exact))
        let b = (h + x).map { $0 * 0.5 }
        let projected = layer("project", normed("norm2", b))
        let attended = (0..<batch).map { projected.attended(image: $0, heads: 0..<2, width: 8) }
        let c = layer("out", attended[0] + attended[1]) + b
        return layer(
            "conv3", Planes.concatenated([c.pooled().upsampled(), b]).map(ActivationFunction.gelu.exact))
    }
}
