extension Activation {
    /// Sums of 2x2 blocks: nearest upsampling backwards.
    func summed(_ pass: Pass) -> Activation {
        let means = pooled(pass)
        means.multiply(by: 4, pass)
        return means
    }

    /// Every pixel in each of a 2x2 block, a quarter of it: means of 2x2 backwards.
    func spreadInQuarters(_ pass: Pass) -> Activation {
        let blocks = upsampled(pass)
        blocks.multiply(by: 0.25, pass)
        return blocks
    }

    private func multiply(by factor: Float, _ pass: Pass) {
        pass.parallel(batch * height, scratch: 0) { item, _ in
            let row = rows(item / height, from: item % height).slice(0, width * pitch)
            pass.kernels.add(row, row, into: row, scale: factor / 2)  // x + x is exact
        }
    }
}
