extension Activation {
    /// act(x scale + shift) as an activation of its own, for the places where more than a convolution reads it.
    public func normed(_ norm: NormScale?, _ function: ActivationFunction, _ pass: Pass) -> Activation {
        let result = pass.operation("norm applied to \(channels), \(height)x\(width)") {
            let result = pass.allocate(batch: batch, height: height, width: width, channels: channels)
            pass.parallel(batch * height, scratch: 0) { item, _ in
                let n = item / height, y = item % height
                pass.kernels.affine(
                    .init(
                        x: rows(n, from: y), xStride: pitch, y: result.rows(n, from: y), yStride: pitch, pixels: width,
                        channels: pitch, scale: norm?.scale(n), shift: norm?.shift(n), activation: function))
            }
            return result
        }
        pass.record(result) { pass.addGradient($0, toPrepared: [self], norm: norm, function: function) }
        return result
    }

    /// Means of 2x2 blocks. Height and width are even.
    public func pooled(_ pass: Pass) -> Activation {
        let result = pass.operation("means of 2x2 of \(channels), \(height)x\(width)") {
            let result = pass.allocate(batch: batch, height: height / 2, width: width / 2, channels: channels)
            pass.parallel(batch * result.height, scratch: 0) { item, _ in
                let n = item / result.height, y = item % result.height
                pass.kernels.pool2x2(
                    rows(n, from: 2 * y), rows(n, from: 2 * y + 1), into: result.rows(n, from: y),
                    pixels: result.width, channels: pitch)
            }
            return result
        }
        pass.record(result) { gradient in
            let blocks = gradient.spreadInQuarters(pass)
            pass.release(gradient)
            pass.addGradient(blocks, to: self)
        }
        return result
    }

    /// Every pixel twice in each direction.
    public func upsampled(_ pass: Pass) -> Activation {
        let result = pass.operation("upsampling of \(channels), \(height)x\(width)") {
            let result = pass.allocate(batch: batch, height: 2 * height, width: 2 * width, channels: channels)
            pass.parallel(batch * result.height, scratch: 0) { item, _ in
                let n = item / result.height, y = item % result.height
                for shift in 0...1 {
                    pass.kernels.affine(
                        .init(
                            x: rows(n, from: y / 2), xStride: pitch, y: result.rows(n, from: y).from(shift * pitch),
                            yStride: 2 * pitch, pixels: width, channels: pitch))
                }
            }
            return result
        }
        pass.record(result) { gradient in
            let sums = gradient.summed(pass)
            pass.release(gradient)
            pass.addGradient(sums, to: self)
        }
        return result
    }

    /// The same values and moments in memory of their own.
    public func copy(_ pass: Pass) -> Activation {
        let result = pass.operation("copy of \(channels), \(height)x\(width)") {
            let result = pass.allocate(
                batch: batch, height: height, width: width, channels: channels, moments: moments != nil)
            if pass.isMeasuring { return result }
            result.values.copy(from: values)
            if let source = moments, let target = result.moments { target.copy(from: source) }
            return result
        }
        pass.record(result) { pass.addGradient($0, to: self) }
        return result
    }

    /// self + other, both [batch, height, width, channels].
    public func adding(_ other: Activation, _ pass: Pass) -> Activation {
        let result = pass.operation("sum of \(channels), \(height)x\(width)") {
            let result = pass.allocate(batch: batch, height: height, width: width, channels: channels)
            if !pass.isMeasuring { pass.kernels.add(values, other.values, into: result.values, scale: 1) }
            return result
        }
        pass.record(result) { gradient in
            if pass.needsGradient(other) { pass.addGradient(gradient.copy(pass), to: other) }
            pass.addGradient(gradient, to: self)
        }
        return result
    }
}
