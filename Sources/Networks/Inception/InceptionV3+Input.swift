extension InceptionV3 {
    /// What the network sees of an image, as pytorch-fid makes it: resized by torch's bilinear interpolation, which
    /// takes two pixels along each axis however much smaller the result is, then brought to -1 ... 1.
    /// - Parameter planes: [3, height, width], values from 0 to 255.
    /// - Returns: [3, 299, 299].
    public static func input(of planes: [Float], height: Int, width: Int) -> [Float] {
        precondition(planes.count == 3 * height * width)
        let rows = taps(height), columns = taps(width)
        var result: [Float] = []
        result.reserveCapacity(3 * side * side)
        for channel in 0..<3 {
            for row in rows {
                let (above, below) = ((channel * height + row.first) * width, (channel * height + row.second) * width)
                for column in columns {
                    func across(_ line: Int) -> Float {
                        (1 - column.share) * planes[line + column.first] + column.share * planes[line + column.second]
                    }
                    let value = (1 - row.share) * across(above) + row.share * across(below)
                    result.append(2 * (value / 255) - 1)
                }
            }
        }
        return result
    }

    /// The two old pixels of each new one, and the share of the second.
    private static func taps(_ size: Int) -> [(first: Int, second: Int, share: Float)] {
        (0..<side).map { place in
            let center = max(0, (Float(place) + 0.5) * Float(size) / Float(side) - 0.5)
            let first = min(Int(center), size - 1)
            return (first, min(first + 1, size - 1), center - Float(first))
        }
    }
}
