extension PixelImage {
    /// The picture as a network takes it: `[channels, height, width]`, black and white at the ends of `range`.
    public func planes(in range: ClosedRange<Double>) -> [Float] {
        let (low, scale) = (range.lowerBound, (range.upperBound - range.lowerBound) / Double(maximum))
        let area = width * height
        var planes = [Float](repeating: 0, count: samples.count)
        for channel in 0..<channels {
            for pixel in 0..<area {
                planes[channel * area + pixel] = Float(low + scale * Double(samples[pixel * channels + channel]))
            }
        }
        return planes
    }
}
