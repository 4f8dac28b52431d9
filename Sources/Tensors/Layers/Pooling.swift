/// A square window that slides over an image's pixels and leaves one number of each channel.
public struct Pooling: Sendable, Equatable {
    public enum Kind: Sendable {
        case max
        /// The mean of the window's pixels that lie within the image: zeros of a padding are not counted.
        case mean
    }

    public let kind: Kind
    /// Pixels of a side of the window, from one to the next, and around the image.
    public let size: Int, stride: Int, padding: Int

    public init(_ kind: Kind, size: Int, stride: Int, padding: Int = 0) {
        (self.kind, self.size, self.stride, self.padding) = (kind, size, stride, padding)
    }

    func count(_ pixels: Int) -> Int { (pixels + 2 * padding - size) / stride + 1 }

    /// The pixels of an axis under one output.
    func window(_ output: Int, of pixels: Int) -> Range<Int> {
        let start = output * stride - padding
        return max(0, start)..<min(pixels, start + size)
    }
}

extension Activation {
    /// A new activation of what the window leaves, for inference. Sums go over the window row by row.
    public func pooled(_ pooling: Pooling, _ pass: Pass) -> Activation {
        let (newHeight, newWidth) = (pooling.count(height), pooling.count(width))
        return pass.operation("\(pooling.kind) of \(pooling.size)x\(pooling.size) of \(channels), \(height)x\(width)") {
            let result = pass.allocate(batch: batch, height: newHeight, width: newWidth, channels: channels)
            pass.parallel(batch * newHeight, scratch: 0) { item, _ in
                let n = item / newHeight, y = item % newHeight
                let target = result.rows(n, from: y).slice(0, newWidth * pitch)
                pool(pooling, image: n, rows: pooling.window(y, of: height), into: target)
            }
            return result
        }
    }

    private func pool(_ pooling: Pooling, image: Int, rows window: Range<Int>, into target: FloatView) {
        let source = rows(image, from: 0).slice(0, height * width * pitch)
        for x in 0..<target.count / pitch {
            let columns = pooling.window(x, of: width)
            let count = Float(window.count * columns.count)
            target.slice(x * pitch, pitch).withSpan { result in
                source.withSpan { pixels in
                    var isFirst = true
                    for row in window {
                        for column in columns {
                            let from = (row * width + column) * pitch
                            for c in 0..<pitch {
                                let value = pixels[from + c]
                                result[c] =
                                    isFirst ? value : pooling.kind == .max ? max(result[c], value) : result[c] + value
                            }
                            isFirst = false
                        }
                    }
                    if pooling.kind == .mean { for c in 0..<pitch { result[c] /= count } }
                }
            }
        }
    }
}
