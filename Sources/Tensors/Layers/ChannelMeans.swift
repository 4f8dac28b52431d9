extension Activation {
    /// The mean of `function` of every channel over all pixels of each image: what follows a network's last
    /// convolution. Each sum is one chain over the pixels in their order.
    public func channelMeans(_ function: ActivationFunction, _ pass: Pass) -> [[Float]] {
        if pass.isMeasuring {
            // Books what `normed` takes.
            pass.release(normed(nil, function, pass))
            return []
        }
        let active = normed(nil, function, pass)
        defer { pass.release(active) }
        let pixels = height * width
        return (0..<batch).map { n in
            active.rows(n, from: 0).slice(0, pixels * pitch).withSpan { source in
                var sums = [Float](repeating: 0, count: channels)
                for p in 0..<pixels {
                    for c in 0..<channels { sums[c] += source[p * pitch + c] }
                }
                return sums.map { $0 / Float(pixels) }
            }
        }
    }
}
