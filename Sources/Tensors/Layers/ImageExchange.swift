extension Pass {
    /// Images given in torch's order, [channels, height, width] each, as one channels-last activation.
    /// - Parameter transform: applied to every value (`2x - 1` for a network that centers its input).
    public func activation(
        images: [[Float]], channels: Int, height: Int, width: Int, transform: (Float) -> Float = { $0 }
    ) -> Activation {
        let result = operation("images of \(channels) taken in, \(height)x\(width)") {
            let result = allocate(batch: images.count, height: height, width: width, channels: channels)
            if isMeasuring { return result }
            let pixels = height * width
            result.values.fill(0)
            for (n, image) in images.enumerated() {
                precondition(image.count == channels * pixels)
                result.rows(n, from: 0).withSpan { target in
                    for c in 0..<channels {
                        for p in 0..<pixels { target[p * result.pitch + c] = transform(image[c * pixels + p]) }
                    }
                }
            }
            return result
        }
        record(leaf: result)
        return result
    }

    /// One row of floats per image as an activation of height 1 whose width is the batch: what linear layers take.
    /// - Parameter backward: takes each row's gradient, [batch][count], if anybody asks for it.
    public func activation(rows: [[Float]], backward: ((GradientRows) -> Void)? = nil) -> Activation {
        let count = rows[0].count  // a batch has at least one row
        let result = operation("rows of \(count) taken in") {
            let result = allocate(batch: 1, height: 1, width: rows.count, channels: count)
            if isMeasuring { return result }
            result.values.fill(0)
            for (n, row) in rows.enumerated() { result.values.slice(n * result.pitch, count).copy(from: row) }
            return result
        }
        guard let backward else {
            record(leaf: result)
            return result
        }
        record(result) { [self] gradient in
            if let parameters = tape?.parameters { backward(GradientRows(rows: gradient, parameters: parameters)) }
            release(gradient)
        }
        return result
    }
}

extension Activation {
    /// Every image in torch's order, [channels, height, width].
    public func images() -> [[Float]] {
        let pixels = height * width
        return (0..<batch).map { n in
            rows(n, from: 0).withSpan { source in
                var image = [Float](repeating: 0, count: channels * pixels)
                for c in 0..<channels {
                    for p in 0..<pixels { image[c * pixels + p] = source[p * pitch + c] }
                }
                return image
            }
        }
    }
}
