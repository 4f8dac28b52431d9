import Images

/// What is done to a copy so that it is not found: each is a pure function of grey pictures of 8 bits.
enum Disguise: String, CaseIterable {
    case none, brighter, darker, gamma, equalised, shifted, mirrored, blurred, jpeg

    func apply(_ picture: PixelImage) throws -> PixelImage {
        switch self {
        case .none: return picture
        case .brighter: return try picture.mapSamples { UInt16(min(255, (Double($0) * 1.1).rounded())) }
        case .darker: return try picture.mapSamples { UInt16((Double($0) * 0.9).rounded()) }
        case .gamma: return try picture.mapSamples { UInt16((255 * Self.power(Double($0) / 255)).rounded()) }
        case .equalised: return try picture.mapSamples(Self.equalisation(of: picture))
        case .shifted: return try moved(picture) { ($0 - 2, $1 - 2) }
        case .mirrored: return try moved(picture) { (picture.width - 1 - $0, $1) }
        case .blurred: return try blurred(picture)
        case .jpeg: return try BlockCompression.apply(picture)
        }
    }

    /// x to the 0.8th, by five roots: x^0.8 = x / x^0.2.
    private static func power(_ x: Double) -> Double {
        guard x > 0 else { return 0 }
        // Newton's fifth root.
        var root = 1.0
        for _ in 0..<60 { root -= (root * root * root * root * root - x) / (5 * root * root * root * root) }
        return x / root
    }

    /// The table of Pillow's `ImageOps.equalize`.
    private static func equalisation(of picture: PixelImage) -> (UInt16) -> UInt16 {
        var histogram = [Int](repeating: 0, count: 256)
        for sample in picture.samples { histogram[Int(sample)] += 1 }
        let step = (picture.samples.count - (histogram.last { $0 > 0 } ?? 0)) / 255
        guard step > 0 else { return { $0 } }
        var (table, sum) = ([UInt16](), step / 2)
        for count in histogram {
            table.append(UInt16(min(255, sum / step)))
            sum += count
        }
        return { table[Int($0)] }
    }

    private func moved(_ picture: PixelImage, from place: (Int, Int) -> (Int, Int)) throws -> PixelImage {
        var samples: [UInt16] = []
        for y in 0..<picture.height {
            for x in 0..<picture.width {
                let (fromX, fromY) = place(x, y)
                let (column, row) = (min(max(fromX, 0), picture.width - 1), min(max(fromY, 0), picture.height - 1))
                samples.append(picture.samples[row * picture.width + column])
            }
        }
        return try PixelImage(
            width: picture.width, height: picture.height, channels: 1, bitDepth: 8, samples: samples)
    }

    /// A Gaussian of 0.7 pixels: exp(-x^2 / 0.98) at 0, 1 and 2, summing to 1.
    private func blurred(_ picture: PixelImage) throws -> PixelImage {
        let weights = [0.009626, 0.205426, 0.569896, 0.205426, 0.009626]
        func at(_ values: [Double], _ x: Int, _ y: Int) -> Double {
            values[min(max(y, 0), picture.height - 1) * picture.width + min(max(x, 0), picture.width - 1)]
        }
        var values = picture.samples.map(Double.init)
        for direction in [(1, 0), (0, 1)] {
            let before = values
            for y in 0..<picture.height {
                for x in 0..<picture.width {
                    values[y * picture.width + x] = weights.enumerated().reduce(0) { sum, weight in
                        let step = weight.offset - 2
                        return sum + weight.element * at(before, x + step * direction.0, y + step * direction.1)
                    }
                }
            }
        }
        return try PixelImage(
            width: picture.width, height: picture.height, channels: 1, bitDepth: 8,
            samples: values.map { UInt16(min(255, max(0, $0.rounded()))) })
    }
}

/// What JPEG of quality 50 leaves of a grey picture: the cosine transform of blocks of 8x8, quantised by the very table of
/// ITU-T T.81, K.1, which quality 50 takes as it stands.
enum BlockCompression {
    private static let table = [
        16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29,
        51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121,
        120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
    ].map(Double.init)

    /// cos(pi k / 16) for k = 0 ... 31, by the half angle from cos(pi / 4).
    private static let cosines: [Double] = {
        let eighth = ((1 + 0.5.squareRoot()) / 2).squareRoot()
        let first = ((1 + eighth) / 2).squareRoot()
        var values = [1, first]
        while values.count < 32 { values.append(2 * first * values[values.count - 1] - values[values.count - 2]) }
        return values
    }()

    private static func basis(_ frequency: Int, _ place: Int) -> Double {
        cosines[(2 * place + 1) * frequency % 32] * (frequency == 0 ? 0.125.squareRoot() : 0.5)
    }

    static func apply(_ picture: PixelImage) throws -> PixelImage {
        var samples = picture.samples
        for top in stride(from: 0, to: picture.height, by: 8) {
            for left in stride(from: 0, to: picture.width, by: 8) {
                var block = [Double](repeating: 0, count: 64)
                for place in 0..<64 {
                    block[place] = Double(picture.samples[(top + place / 8) * picture.width + left + place % 8]) - 128
                }
                var coefficients = transformed(block) { basis($0, $1) }
                for place in 0..<64 {
                    coefficients[place] = (coefficients[place] / table[place]).rounded() * table[place]
                }
                for (place, value) in transformed(coefficients, { basis($1, $0) }).enumerated() {
                    samples[(top + place / 8) * picture.width + left + place % 8] = UInt16(
                        min(255, max(0, (value + 128).rounded())))
                }
            }
        }
        return try PixelImage(
            width: picture.width, height: picture.height, channels: 1, bitDepth: 8, samples: samples)
    }

    /// Both directions by the matrix.
    private static func transformed(_ block: [Double], _ matrix: (Int, Int) -> Double) -> [Double] {
        var rows = [Double](repeating: 0, count: 64), result = rows
        for row in 0..<8 {
            for to in 0..<8 { for from in 0..<8 { rows[row * 8 + to] += matrix(to, from) * block[row * 8 + from] } }
        }
        for column in 0..<8 {
            for to in 0..<8 { for from in 0..<8 { result[to * 8 + column] += matrix(to, from) * rows[from * 8 + column] } }
        }
        return result
    }
}
