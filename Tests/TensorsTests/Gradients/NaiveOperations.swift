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
        }
    }
}

// MARK: Convolution and attention, of which a part can be had

extension Planes {
    /// A part of a result.
    struct Part {
        var images: Range<Int>, channels: Range<Int>, rows: Range<Int>, columns: Range<Int>
    }

    /// All of it.
    var whole: Part { Part(images: 0..<batch, channels: 0..<channels, rows: 0..<height, columns: 0..<width) }

    /// A part of the convolution, zero elsewhere: y[o][y][x] is the sum of
    /// w[o][i][ky][kx] a[i][stride y + ky - top][stride x + kx - left].
    func convolved(_ weight: [Double], _ shape: ConvolutionShape, into size: Planes, _ part: Part) -> Planes {
        var result = Planes(size.batch, size.channels, size.height, size.width)
        for n in part.images {
            for o in part.channels {
                for i in 0..<channels {
                    for tap in 0..<shape.kernel.taps {
                        let w = weight[(o * channels + i) * shape.kernel.taps + tap]
                        add(w, tap: tap, shape, from: (n, i), to: (n, o), of: &result, part)
                    }
                }
            }
        }
        return result
    }

    /// What one weight adds to one channel of the result.
    private func add(
        _ w: Double, tap: Int, _ shape: ConvolutionShape, from: (Int, Int), to: (Int, Int), of result: inout Planes,
        _ part: Part
    ) {
        let stride = shape.stride
        let (top, left) = (tap / shape.kernel.width - shape.padding.top, tap % shape.kernel.width - shape.padding.left)
        // Columns whose input exists: 0 <= stride x + left < width.
        let first = max(part.columns.lowerBound, left < 0 ? (stride - 1 - left) / stride : 0)
        let end = min(part.columns.upperBound, (width - left + stride - 1) / stride)
        guard first < end else { return }
        for y in part.rows where stride * y + top >= 0 && stride * y + top < height {
            let target = result.start(to.0, to.1, y), source = start(from.0, from.1, stride * y + top) + left
            for x in first..<end { result.values[target + x] += w * values[source + stride * x] }
        }
    }

    /// softmax(Q K^T / sqrt(width)) V of the heads of one image, zero elsewhere; self is [batch, 3 * inner, ...].
    func attended(image n: Int, heads: Range<Int>, width headWidth: Int) -> Planes {
        let tokens = height * width, inner = channels / 3
        var result = Planes(batch, inner, height, width)
        for head in heads {
            let q = start(n, head * headWidth), k = start(n, inner + head * headWidth)
            let v = start(n, 2 * inner + head * headWidth)
            for t in 0..<tokens {
                var scores = [Double](repeating: 0, count: tokens)
                for d in 0..<headWidth {
                    let query = values[q + d * tokens + t] / Double(headWidth).squareRoot()
                    for s in 0..<tokens { scores[s] += query * values[k + d * tokens + s] }
                }
                let peak = scores.max() ?? 0
                for s in 0..<tokens { scores[s] = exp(scores[s] - peak) }
                let total = scores.reduce(0, +)
                for d in 0..<headWidth {
                    var sum = 0.0
                    for s in 0..<tokens { sum += scores[s] * values[v + d * tokens + s] }
                    result.values[result.start(n, head * headWidth + d) + t] = sum / total
                }
            }
        }
        return result
    }
}
