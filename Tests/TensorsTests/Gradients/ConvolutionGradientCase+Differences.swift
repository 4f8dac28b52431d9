import Tensors

/// The same by definition.
extension ConvolutionGradientCase {
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
