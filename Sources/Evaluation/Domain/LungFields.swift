import Images

/// The lung fields of a chest X-ray seen from the front, found without learning: in each half of the image the dark
/// piece that fits best where a lung is expected, over many thresholds, after what varies slowly has been taken away.
struct LungFields {
    let width: Int, height: Int
    /// Whether a pixel is of the field to the left of the image, and to the right.
    let left: [Bool], right: [Bool]

    /// Where a lung is expected: an ellipse about these points of the image, with these half axes, in shares of the
    /// sides. What lies outside counts against a piece, twice at most.
    private static let centre = (x: 0.29, y: 0.46), axes = (x: 0.155, y: 0.34), most = -2.0
    /// What varies slowly, as the deviation of a Gaussian in shares of the width.
    private static let slow = 0.15
    /// Thresholds: so many quantiles of the pixels within the ellipse.
    private static let thresholds = 24
    /// Pixels of a side that are looked at: larger images are halved until they have fewer.
    private static let mostSide = 128

    /// - Parameter image: grey levels, black air.
    init(_ image: Plane) {
        var plane = image
        while max(plane.width, plane.height) > Self.mostSide { plane = plane.halved() }
        (width, height) = (plane.width, plane.height)
        let fine = max(0.5, Double(height) / 64), wide = Self.slow * Double(width)
        let smooth = plane.filtered(GaussianTaps(sigma: fine, radius: Int(4 * fine + 0.5)))
        let slow = smooth.filtered(GaussianTaps(sigma: wide, radius: Int(3 * wide + 0.5)))
        let flat = zip(smooth.values, slow.values).map { $0 - $1 }
        left = Self.field(flat, width, height, isLeft: true)
        right = Self.field(flat, width, height, isLeft: false)
    }

    private static func field(_ values: [Double], _ width: Int, _ height: Int, isLeft: Bool) -> [Bool] {
        var fit = [Double](repeating: 0, count: values.count), isInside = [Bool](repeating: false, count: values.count)
        var expected: [Double] = []
        for y in 2..<max(2, height - 2) {
            for x in 2..<max(2, width - 2) where isLeft ? 2 * x + 1 < width : 2 * x + 1 > width {
                let u = (Double(x) + 0.5) / Double(width), v = (Double(y) + 0.5) / Double(height)
                let a = ((isLeft ? u : 1 - u) - centre.x) / axes.x, b = (v - centre.y) / axes.y
                let place = y * width + x
                isInside[place] = true
                fit[place] = max(most, 1 - a * a - b * b)
                if fit[place] > 0 { expected.append(values[place]) }
            }
        }
        expected.sort()
        var best = (fit: 0.0, field: [Bool](repeating: false, count: values.count))
        for number in 0..<thresholds where !expected.isEmpty {
            let share = 0.1 + 0.85 * Double(number) / Double(thresholds - 1)
            let threshold = expected[Int(share * Double(expected.count - 1))]
            let dark = values.indices.map { isInside[$0] && values[$0] <= threshold ? 1 : 0 }
            let found = ConnectedPieces(dark, width: width, height: height, diagonals: false)
            var fits = [Double](repeating: 0, count: found.values.count)
            for (place, piece) in found.pieces.enumerated() { fits[piece] += fit[place] }
            for piece in fits.indices where found.values[piece] == 1 && fits[piece] > best.fit {
                best = (fits[piece], found.pieces.map { $0 == piece })
            }
        }
        return best.field
    }

    /// The share of the image that both fields take.
    var area: Double {
        Double(left.count { $0 } + right.count { $0 }) / Double(max(1, left.count))
    }

    /// Rows of the midline's part, and of the heart's, in shares of the fields' height.
    private static let upper = 0.0...0.4, lower = 0.7...0.95
    /// Rows that both fields have, as a share of the image's height, without which nothing is said.
    private static let fewestRows = 0.2

    /// How far the heart's shadow lies to the right of the image: its widths right and left of the midline, (right -
    /// left) / (right + left), where the lungs' lower third bounds it; above 0 for the usual chest. The midline runs
    /// halfway between the upper parts of the fields. Nil where a field is missing or short.
    var heartAsymmetry: Double? {
        var rows: [(row: Int, left: Double, right: Double)] = []
        for y in 0..<height {
            let row = y * width..<(y + 1) * width
            guard let first = left[row].lastIndex(of: true), let second = right[row].firstIndex(of: true) else {
                continue
            }
            rows.append((y, Double(first - row.lowerBound + 1), Double(second - row.lowerBound)))
        }
        guard let top = rows.first?.row, let bottom = rows.last?.row,
            Double(rows.count) >= Self.fewestRows * Double(height)
        else { return nil }
        func part(_ shares: ClosedRange<Double>) -> [(row: Int, left: Double, right: Double)] {
            let span = Double(bottom - top)
            return rows.filter { row in
                let from = Int(shares.lowerBound * span), to = Int(shares.upperBound * span)
                return row.row - top >= from && row.row - top <= to
            }
        }
        let middles = part(Self.upper).map { ($0.left + $0.right) / 2 }.sorted(), heart = part(Self.lower)
        guard !middles.isEmpty, !heart.isEmpty else { return nil }
        let middle = (middles[(middles.count - 1) / 2] + middles[middles.count / 2]) / 2
        let leftWidth = heart.reduce(0) { $0 + middle - $1.left } / Double(heart.count)
        let rightWidth = heart.reduce(0) { $0 + $1.right - middle } / Double(heart.count)
        let both = abs(leftWidth) + abs(rightWidth)
        return both > 0 ? (rightWidth - leftWidth) / both : 0
    }

    /// Mean grey level of the fields, and of all other pixels, of an image that they were found in.
    func intensities(of image: Plane) -> (fields: Double?, others: Double?) {
        var plane = image
        while max(plane.width, plane.height) > Self.mostSide { plane = plane.halved() }
        var sums = (0.0, 0.0), counts = (0.0, 0.0)
        for (place, value) in plane.values.enumerated() {
            if left[place] || right[place] {
                (sums.0, counts.0) = (sums.0 + value, counts.0 + 1)
            } else {
                (sums.1, counts.1) = (sums.1 + value, counts.1 + 1)
            }
        }
        return (counts.0 > 0 ? sums.0 / counts.0 : nil, counts.1 > 0 ? sums.1 / counts.1 : nil)
    }
}
