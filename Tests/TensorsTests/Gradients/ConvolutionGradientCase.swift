import TestSupport
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

    /// Elements of each array whose differences are taken: fewer where one takes long, a norm's elements reaching whole
    /// images.
    var most: Int { groups != nil || height * width > 600 ? 24 : 60 }

    var inputs: Int { sources.reduce(0, +) }
    var factor: Int { upsampled ? 2 : 1 }
    var shape: ConvolutionShape {
        ConvolutionShape(
            sources: sources, outputs: out, kernel: kernel, stride: stride,
            padding: .init(top: padding[0], left: padding[1], bottom: padding[2], right: padding[3]))
    }
    /// Zeros of the result's size.
    var result: Planes {
        let size = shape.output(height: height * factor, width: width * factor)
        return Planes(batch, out, size.height, size.width)
    }
    var coefficients: [Float] { ramp(result.values.count, seed: 99) }

    /// Where rows per image begin in the activation that holds them.
    static let rowStart = 16

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
}
