extension Activation {
    /// act(x scale + shift) as an activation of its own, for the places where more than a convolution reads it.
    public func normed(_ norm: NormScale?, _ function: ActivationFunction, _ compute: Compute) -> Activation {
        compute.operation("norm applied to \(channels), \(height)x\(width)") {
            let result = compute.allocate(batch: batch, height: height, width: width, channels: channels)
            compute.parallel(batch * height, scratch: 0) { item, _ in
                let n = item / height, y = item % height
                compute.kernels.affine(.init(
                    x: rows(n, from: y), xStride: pitch, y: result.rows(n, from: y), yStride: pitch, pixels: width,
                    channels: pitch, scale: norm?.scale(n), shift: norm?.shift(n), activation: function))
            }
            return result
        }
    }

    /// Means of 2x2 blocks. Height and width are even.
    public func pooled(_ compute: Compute) -> Activation {
        let result = compute.allocate(batch: batch, height: height / 2, width: width / 2, channels: channels)
        compute.parallel(batch * result.height, scratch: 0) { item, _ in
            let n = item / result.height, y = item % result.height
            compute.kernels.pool2x2(
                rows(n, from: 2 * y), rows(n, from: 2 * y + 1), into: result.rows(n, from: y), pixels: result.width,
                channels: pitch)
        }
        return result
    }

    /// Every pixel twice in each direction.
    public func upsampled(_ compute: Compute) -> Activation {
        let result = compute.allocate(batch: batch, height: 2 * height, width: 2 * width, channels: channels)
        compute.parallel(batch * result.height, scratch: 0) { item, _ in
            let n = item / result.height, y = item % result.height
            for shift in 0...1 {
                compute.kernels.affine(.init(
                    x: rows(n, from: y / 2), xStride: pitch, y: result.rows(n, from: y).from(shift * pitch),
                    yStride: 2 * pitch, pixels: width, channels: pitch))
            }
        }
        return result
    }

    /// The same values and moments in memory of their own.
    public func copy(_ compute: Compute) -> Activation {
        let result = compute.allocate(batch: batch, height: height, width: width, channels: channels, moments: moments != nil)
        if !compute.isMeasuring {
            result.values.copy(from: values)
            if let source = moments, let target = result.moments { target.copy(from: source) }
        }
        return result
    }

    /// self + other, both [batch, height, width, channels].
    public func adding(_ other: Activation, _ compute: Compute) -> Activation {
        let result = compute.allocate(batch: batch, height: height, width: width, channels: channels)
        if !compute.isMeasuring { compute.kernels.add(values, other.values, into: result.values, scale: 1) }
        return result
    }
}
