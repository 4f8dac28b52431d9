import Testing

@testable import Tensors

/// A convolution with what surrounds it, of which gradients are taken: by a pass, and as differences of the naive one.
struct ConvolutionGradientCase: Sendable, CustomStringConvertible {
    var sources = [16], out = 16, kernel = Kernel.square(3), stride = 1, padding = [1, 1, 1, 1]
    var height = 7, width = 9, batch = 1
    /// Rows and columns of the layer's plan: 1 for direct, 4, 16 and 64 for F(2,3), F(4,3) and F(6,3).
    var plan = 1
    var upsampled = false, residual = false, channelBias = false
    var scale: Float = 1
    /// Of the norm of the input; nil for none.
    var groups: Int?
    var modulated = false
    var activation = ActivationFunction.identity
    /// The end of the layer's description: the method it is to take.
    var method = "direct"

    var description: String {
        let size = "\(batch) x \(height)x\(width)", edges = "kernel \(kernel) stride \(stride) padding \(padding)"
        let extras = [
            (upsampled, "up"), (residual, "residual"), (channelBias, "channel bias"), (groups != nil, "norm"),
            (modulated, "modulated"),
        ].filter(\.0).map(\.1)
        return "\(sources) -> \(out), \(size), \(edges), \(method), \(activation) \(extras.joined(separator: ", "))"
    }

    private var inputs: Int { sources.reduce(0, +) }
    private var factor: Int { upsampled ? 2 : 1 }
    var shape: ConvolutionShape {
        ConvolutionShape(
            sources: sources, outputs: out, kernel: kernel, stride: stride,
            padding: .init(top: padding[0], left: padding[1], bottom: padding[2], right: padding[3]))
    }
    /// Zeros of the result's size.
    private var result: Planes {
        let size = shape.output(height: height * factor, width: width * factor)
        return Planes(batch, out, size.height, size.width)
    }
    var coefficients: [Float] { ramp(result.values.count, seed: 99) }

    /// Where rows per image begin in the activation that holds them.
    private static let rowStart = 16

    /// Rows per image, [1, channels, 1, batch]: `count` channels that count, zeros up to whole lanes.
    private func rows(_ count: Int, seed: UInt64) -> Planes {
        var rows = Planes(1, Self.rowStart + (count + 15) / 16 * 16, 1, batch)
        let values = doubles((Self.rowStart + count) * batch, seed: seed)
        rows.values.replaceSubrange(values.indices, with: values)
        return rows
    }

    /// What gradients are taken with respect to, but for weights and biases.
    var planes: [String: Planes] {
        var planes: [String: Planes] = [:]
        for (index, channels) in sources.enumerated() {
            let count = batch * channels * height * width
            planes["x\(index)"] = Planes(
                batch, channels, height, width, values: doubles(count, seed: UInt64(11 + index)))
        }
        if residual { planes["residual"] = result.with(doubles(result.values.count, seed: 21)) }
        if channelBias { planes["channelBias"] = rows(out, seed: 22) }
        if modulated { planes["modulation"] = rows(2 * inputs, seed: 23) }
        return planes
    }

    var values: [String: [Double]] {
        var values = planes.mapValues(\.values)
        values["weight"] = doubles(out * inputs * kernel.taps, seed: 7)
        if !channelBias { values["bias"] = doubles(out, seed: 8) }
        if groups != nil {
            values["norm.weight"] = doubles(inputs, seed: 9).map { $0 + 0.5 }
            values["norm.bias"] = doubles(inputs, seed: 10)
        }
        return values
    }

    // MARK: By a pass

    func gradients(_ compute: Compute) throws -> [String: [Float]] {
        let values = values.mapValues { $0.map { Float($0) } }, planes = planes
        var places = TestPlaces()
        func start(_ name: String, _ count: Int) -> Int { places.add(name, count) }
        let weight = values["weight"] ?? []
        let layer = Convolution(
            shape, weight: weight, bias: values["bias"], plan: ConvolutionPlan(height: plan, width: plan),
            places: ParameterPlaces(
                weights: [.init(outputs: 0..<out, start: start("weight", weight.count))],
                biases: channelBias ? [] : [.init(outputs: 0..<out, start: start("bias", out))]))
        #expect(layer.description.contains(method), "\(layer)")
        let norm = groups.map {
            GroupNorm(
                groups: $0, epsilon: 1e-5, weight: values["norm.weight"] ?? [], bias: values["norm.bias"] ?? [],
                places: .init(weight: start("norm.weight", inputs), bias: start("norm.bias", inputs)))
        }
        return try compute.differentiate(places, coefficients: coefficients) { pass, inputs in
            func input(_ name: String) -> Activation? {
                planes[name].map { inputs.input(name, $0, moments: name.hasPrefix("x") && norm != nil, pass) }
            }
            func rows(_ name: String, _ count: Int) -> ChannelBias? {
                input(name).map { ChannelBias($0, start: Self.rowStart, count: count) }
            }
            let x = sources.indices.compactMap { input("x\($0)") }
            let scale = norm.map { $0(x, modulation: rows("modulation", 2 * self.inputs), pass) }
            return layer(
                .init(x, norm: scale, activation: activation, upsampled: upsampled),
                .init(
                    channelBias: rows("channelBias", (out + 15) / 16 * 16), residual: input("residual"),
                    scale: self.scale), pass)
        }
    }

    // MARK: By definition

    /// The loss of the naive convolution: `coefficients` times what it computes.
    func differences() -> FiniteDifferences {
        let values = values, planes = planes, coefficients = coefficients.map(Double.init)
        let prepared = prepared(values, planes), result = result
        return FiniteDifferences(values: values) { values, element in
            let isInput = element.name.hasPrefix("x") || element.name.hasPrefix("norm") || element.name == "modulation"
            let a = isInput ? self.prepared(values, planes) : prepared
            let part = reach(of: element, planes, result)
            let products = a.convolved(values["weight"] ?? [], shape, into: result, part)
            var sum = 0.0
            for n in part.images {
                for o in part.channels {
                    let rows = values["channelBias"].map { $0[(Self.rowStart + o) * batch + n] }
                    let bias = rows ?? values["bias"]?[o] ?? 0
                    for y in part.rows {
                        for x in part.columns {
                            let at = result.start(n, o, y) + x
                            let z = products.values[at] + bias + (values["residual"]?[at] ?? 0)
                            sum += z * Double(scale) * coefficients[at]
                        }
                    }
                }
            }
            return sum
        }
    }

    /// What the kernel meets.
    private func prepared(_ values: [String: [Double]], _ planes: [String: Planes]) -> Planes {
        func current(_ name: String) -> Planes? {
            values[name].flatMap { values in planes[name].map { $0.with(values) } }
        }
        var a = Planes.concatenated(sources.indices.compactMap { current("x\($0)") })
        if let groups, let weight = values["norm.weight"], let bias = values["norm.bias"] {
            a = a.normed(
                groups, weight: weight, bias: bias,
                modulation: current("modulation").map { (rows: $0, start: Self.rowStart) })
        }
        a = a.map(activation.exact)
        return upsampled ? a.upsampled() : a
    }

    /// The results that an element of the values has a part in.
    private func reach(
        of element: FiniteDifferences.Element, _ planes: [String: Planes], _ result: Planes
    ) -> Planes.Part {
        var part = result.whole
        func only(_ index: Int) -> Range<Int> { index..<index + 1 }
        guard let place = planes[element.name]?.place(of: element.index) else {
            if element.name == "weight" { part.channels = only(element.index / (inputs * kernel.taps)) }
            if element.name == "bias" { part.channels = only(element.index) }
            return part
        }
        switch element.name {
        case "channelBias", "modulation": part.images = only(place.column)
        case "residual":
            part = .init(
                images: only(place.image), channels: only(place.channel), rows: only(place.row),
                columns: only(place.column))
        default:
            part.images = only(place.image)
            if groups == nil {
                part.rows = reach(place.row, kernel.height, padding[0], of: result.height)
                part.columns = reach(place.column, kernel.width, padding[1], of: result.width)
            }
        }
        return part
    }

    /// The results y with stride y + k - padding = input pixel for some tap k.
    private func reach(_ pixel: Int, _ taps: Int, _ padding: Int, of count: Int) -> Range<Int> {
        let first = pixel * factor + padding - taps + 1, last = (pixel + 1) * factor - 1 + padding
        let start = max(0, first <= 0 ? 0 : (first + stride - 1) / stride)
        return start..<max(start, min(count, last / stride + 1))
    }
}
