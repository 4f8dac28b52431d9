/// What is seen of an image: y = A x, A linear, all of whose singular values that are not 0 are equal. Then A+ A is the
/// projection onto the part of the image that y determines, and A A+ = 1. Images are [channels, height, width].
package protocol LinearOperator: Sendable {
    /// A x.
    func measure(_ image: [Float]) -> [Float]
    /// A+ y: the least image that gives y.
    func pseudoinverse(_ measured: [Float]) -> [Float]
    /// x <- x - A+ (A x - y).
    func project(_ image: inout [Float], measured: [Float])
    /// Brings x into the range and to A x = y, both at once.
    func finish(_ image: inout [Float], measured: [Float], range: ClosedRange<Float>)
    /// The singular value that is not 0.
    var singularValue: Double { get }
}

extension LinearOperator {
    /// A+ (A x - y): the part of x that contradicts y.
    package func contradiction(_ image: [Float], measured: [Float]) -> [Float] {
        let seen = measure(image)
        return pseudoinverse(seen.indices.map { seen[$0] - measured[$0] })
    }

    package func project(_ image: inout [Float], measured: [Float]) {
        let wrong = contradiction(image, measured: measured)
        for i in image.indices { image[i] -= wrong[i] }
    }

    /// Clipping what the projection gives would contradict the measurement again. So each group of pixels that is seen
    /// as one value is shifted by the one number with which it has the right mean after clipping, as in projections
    /// onto a simplex. That number is found by halving; A+ y lies within the range, so there is one. (For operators
    /// that take means over disjoint groups.)
    package func finish(_ image: inout [Float], measured: [Float], range: ClosedRange<Float>) {
        Self.clip(&image, range)
        var projected = image
        project(&projected, measured: measured)
        guard projected.contains(where: { !range.contains($0) }) else {
            image = projected
            return
        }
        func shifted(_ shift: [Float]) -> [Float] {
            let shifts = pseudoinverse(shift)
            var result = image
            for i in result.indices { result[i] += shifts[i] }
            Self.clip(&result, range)
            return result
        }
        let span = range.upperBound - range.lowerBound
        var low = [Float](repeating: -span, count: measured.count)
        var high = [Float](repeating: span, count: measured.count)
        // To 2 span 2^-26, which is below the last place of numbers near the ends of the range.
        for _ in 0..<26 {
            let middle = low.indices.map { (low[$0] + high[$0]) / 2 }
            let seen = measure(shifted(middle))
            for i in middle.indices {
                if seen[i] < measured[i] { low[i] = middle[i] } else { high[i] = middle[i] }
            }
        }
        image = shifted(high)
    }

    /// NaN stays NaN, so that a broken network is noticed.
    static func clip(_ image: inout [Float], _ range: ClosedRange<Float>) {
        for i in image.indices {
            let x = image[i]
            image[i] = x < range.lowerBound ? range.lowerBound : (x > range.upperBound ? range.upperBound : x)
        }
    }
}

/// Keeps some pixels: A = A+ = the mask. Between 0 and 1 it blends: A x = keep x, and A+ passes on what is not wholly
/// filled, so that x - A+(A x - A y) = keep y + (1 - keep) x.
package struct MaskOperator: LinearOperator {
    /// [height * width], 1 keeps, 0 fills.
    package let keep: [Float]

    package init(keep: [Float]) { self.keep = keep }

    package func measure(_ image: [Float]) -> [Float] { image.indices.map { keep[$0 % keep.count] * image[$0] } }
    package func pseudoinverse(_ measured: [Float]) -> [Float] {
        measured.indices.map { keep[$0 % keep.count] > 0 ? measured[$0] : 0 }
    }
    package var singularValue: Double { 1 }

    /// Without the rounding of x - (x - y): what is kept is y itself.
    package func project(_ image: inout [Float], measured: [Float]) {
        for i in image.indices { image[i] = measured[i] + (1 - keep[i % keep.count]) * image[i] }
    }

    /// Where it blends, the run has blended already.
    package func finish(_ image: inout [Float], measured: [Float], range: ClosedRange<Float>) {
        Self.clip(&image, range)
        for i in image.indices where keep[i % keep.count] == 1 { image[i] = measured[i] }
    }
}

/// The mean of each scale x scale block; A+ copies it to every pixel of the block. Singular value: 1 / scale.
package struct MeanPoolOperator: LinearOperator {
    package let scale: Int
    /// Sides of the large image, multiples of `scale`.
    package let width: Int, height: Int

    package init(scale: Int, width: Int, height: Int) { (self.scale, self.width, self.height) = (scale, width, height) }

    package func measure(_ image: [Float]) -> [Float] {
        let channels = image.count / (width * height)
        var measured: [Float] = []
        measured.reserveCapacity(image.count / (scale * scale))
        for row in stride(from: 0, to: channels * height, by: scale) {
            for column in stride(from: 0, to: width, by: scale) {
                var sum = 0.0
                for y in row..<(row + scale) {
                    for x in column..<(column + scale) { sum += Double(image[y * width + x]) }
                }
                measured.append(Float(sum / Double(scale * scale)))
            }
        }
        return measured
    }

    package func pseudoinverse(_ measured: [Float]) -> [Float] {
        let rows = measured.count * scale * scale / width
        return (0..<rows).flatMap { y in (0..<width).map { x in measured[(y / scale) * (width / scale) + x / scale] } }
    }

    package var singularValue: Double { 1 / Double(scale) }
}

/// The mean of the channels; A+ copies it to every channel. Singular value: 1 / sqrt(channels).
package struct ChannelMeanOperator: LinearOperator {
    package let channels: Int

    package init(channels: Int) { self.channels = channels }

    package func measure(_ image: [Float]) -> [Float] {
        let area = image.count / channels
        return (0..<area).map { pixel in
            let sum = (0..<channels).reduce(0.0) { $0 + Double(image[$1 * area + pixel]) }
            return Float(sum / Double(channels))
        }
    }

    package func pseudoinverse(_ measured: [Float]) -> [Float] { (0..<channels).flatMap { _ in measured } }

    package var singularValue: Double { 1 / Double(channels).squareRoot() }
}

/// First `inner`, then `outer`, where both are means over disjoint groups: (outer inner)+ = inner+ outer+, and the
/// singular values multiply.
package struct CompositeOperator: LinearOperator {
    package let outer: any LinearOperator, inner: any LinearOperator

    package init(outer: any LinearOperator, inner: any LinearOperator) { (self.outer, self.inner) = (outer, inner) }

    package func measure(_ image: [Float]) -> [Float] { outer.measure(inner.measure(image)) }
    package func pseudoinverse(_ measured: [Float]) -> [Float] { inner.pseudoinverse(outer.pseudoinverse(measured)) }
    package var singularValue: Double { outer.singularValue * inner.singularValue }
}
