import Glibc
import Tensors

// Convolution and attention in double precision, of which a part can be had.
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
        _ w: Double, tap: Int, _ shape: ConvolutionShape, from source: (Int, Int), to target: (Int, Int),
        of result: inout Planes, _ part: Part
    ) {
        let stride = shape.stride
        let (top, left) = (tap / shape.kernel.width - shape.padding.top, tap % shape.kernel.width - shape.padding.left)
        // Columns whose input exists: 0 <= stride x + left < width.
        let first = max(part.columns.lowerBound, left < 0 ? (stride - 1 - left) / stride : 0)
        let end = min(part.columns.upperBound, (width - left + stride - 1) / stride)
        guard first < end else { return }
        let from = start(source.0, source.1) + left, to = result.start(target.0, target.1), across = result.width
        let input = values.span
        var output = result.values.mutableSpan
        for y in part.rows where stride * y + top >= 0 && stride * y + top < height {
            let target = to + y * across, source = from + (stride * y + top) * width
            for x in first..<end { output[target + x] += w * input[source + stride * x] }
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
