import Glibc
import Tensors

/// A batch of images in double precision and torch's order, [batch, channels, height, width], and the operations of a
/// UNet on it as they are written down: what the gradients are held against.
struct Planes {
    let batch: Int, channels: Int, height: Int, width: Int
    var values: [Double]

    init(_ batch: Int, _ channels: Int, _ height: Int, _ width: Int, values: [Double]? = nil) {
        (self.batch, self.channels, self.height, self.width) = (batch, channels, height, width)
        self.values = values ?? [Double](repeating: 0, count: batch * channels * height * width)
        precondition(self.values.count == batch * channels * height * width)
    }

    /// The same size with other values.
    func with(_ values: [Double]) -> Planes { Planes(batch, channels, height, width, values: values) }

    /// Where row `y` of a channel of image `n` begins.
    func start(_ n: Int, _ c: Int, _ y: Int = 0) -> Int { ((n * channels + c) * height + y) * width }

    /// Image, channel, row and column of an element.
    func place(of index: Int) -> (image: Int, channel: Int, row: Int, column: Int) {
        let plane = index / (height * width), pixel = index % (height * width)
        return (plane / channels, plane % channels, pixel / width, pixel % width)
    }

    /// The values as `x`, element by element.
    func map(_ function: (Double) -> Double) -> Planes { with(values.map(function)) }

    static func + (a: Planes, b: Planes) -> Planes { a.with(zip(a.values, b.values).map { $0 + $1 }) }

    /// The sum of all values times `coefficients`: a loss whose gradient they are.
    func loss(_ coefficients: [Double]) -> Double {
        precondition(coefficients.count == values.count)
        var sum = 0.0
        for index in values.indices { sum += values[index] * coefficients[index] }
        return sum
    }

    /// Sources side by side on channels.
    static func concatenated(_ sources: [Planes]) -> Planes {
        let first = sources[0]
        var values: [Double] = []
        for n in 0..<first.batch {
            for source in sources {
                values += source.values[source.start(n, 0)..<source.start(n, 0) + source.values.count / source.batch]
            }
        }
        let channels = sources.reduce(0) { $0 + $1.channels }
        return Planes(first.batch, channels, first.height, first.width, values: values)
    }

    /// Group normalisation; a modulation is [1, 2 * channels or more, 1, batch], whose channels from `start` on count.
    func normed(_ groups: Int, weight: [Double], bias: [Double], modulation: (rows: Planes, start: Int)?) -> Planes {
        var result = self
        let size = channels / groups, count = size * height * width
        for n in 0..<batch {
            for group in 0..<groups {
                let first = start(n, group * size), range = first..<first + count
                let mean = values[range].reduce(0, +) / Double(count)
                let variance = values[range].reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
                let factor = 1 / (variance + 1e-5).squareRoot()
                for index in range {
                    let c = group * size + (index - first) / (height * width)
                    var y = (values[index] - mean) * factor * weight[c] + bias[c]
                    if let (rows, start) = modulation {
                        let scale = rows.values[(start + c) * rows.width + n]
                        y = y * (1 + scale) + rows.values[(start + channels + c) * rows.width + n]
                    }
                    result.values[index] = y
                }
            }
        }
        return result
    }

    /// Every pixel twice in each direction.
    func upsampled() -> Planes {
        var result = Planes(batch, channels, 2 * height, 2 * width)
        for index in result.values.indices {
            let (n, c, y, x) = result.place(of: index)
            result.values[index] = values[start(n, c, y / 2) + x / 2]
        }
        return result
    }

    /// Means of 2x2 blocks.
    func pooled() -> Planes {
        var result = Planes(batch, channels, height / 2, width / 2)
        for index in values.indices {
            let (n, c, y, x) = place(of: index)
            result.values[result.start(n, c, y / 2) + x / 2] += values[index] / 4
        }
        return result
    }
}

extension ActivationFunction {
    /// The function by its definition.
    func exact(_ x: Double) -> Double {
        switch self {
        case .identity: x
        case .silu: x / (1 + exp(-x))
        case .mish: x * tanh(log1p(exp(x)))
        case .gelu: 0.5 * x * erfc(-x / 2.0.squareRoot())
        case .relu: max(x, 0)
        case .relu6: min(max(x, 0), 6)
        }
    }
}
