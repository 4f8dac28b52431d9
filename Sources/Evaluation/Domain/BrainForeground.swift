/// What of a slice is no background: the largest piece above Otsu's threshold, with its holes filled.
struct BrainForeground {
    private let plane: Plane
    private let isForeground: [Bool]

    init(_ plane: Plane) {
        self.plane = plane
        let smooth = plane.filtered(GaussianTaps(sigma: 1, radius: 4))
        let threshold = OtsuThreshold.of(smooth.values) / 2  // half of it: grey matter of a dark slice is tissue too
        let bright = smooth.values.map { $0 > threshold ? 1 : 0 }
        let found = ConnectedPieces(bright, width: plane.width, height: plane.height, diagonals: false)
        let pieces = found.sizes.indices.filter { found.values[$0] == 1 }
        guard let largest = pieces.max(by: { found.sizes[$0] < found.sizes[$1] }) else {
            isForeground = [Bool](repeating: false, count: plane.values.count)
            return
        }
        // A hole is background from which no way leads to the edge of the image.
        let outside = found.pieces.map { $0 == largest ? 1 : 0 }
        let rest = ConnectedPieces(outside, width: plane.width, height: plane.height, diagonals: false)
        var meetsEdge = [Bool](repeating: false, count: rest.sizes.count)
        for (place, piece) in rest.pieces.enumerated() {
            let (y, x) = place.quotientAndRemainder(dividingBy: plane.width)
            if x == 0 || y == 0 || x == plane.width - 1 || y == plane.height - 1 { meetsEdge[piece] = true }
        }
        isForeground = rest.pieces.map { rest.values[$0] == 1 || !meetsEdge[$0] }
    }

    var area: Double { Double(isForeground.count { $0 }) / Double(max(1, isForeground.count)) }

    /// Mean grey level; nil without foreground.
    var intensity: Double? {
        let values = plane.values.indices.filter { isForeground[$0] }.map { plane.values[$0] }
        return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }

    /// The correlation of the foreground with its mirror image about the column of its middle, over the pixels that
    /// either has; nil where there is none or it is of one level.
    var symmetry: Double? {
        let places = isForeground.indices.filter { isForeground[$0] }
        guard !places.isEmpty else { return nil }
        let middle = places.reduce(0.0) { $0 + Double($1 % plane.width) } / Double(places.count)
        let twice = Int((2 * middle).rounded())
        var pairs: [(Double, Double)] = []
        for y in 0..<plane.height {
            for x in 0..<plane.width {
                let other = twice - x
                guard (0..<plane.width).contains(other) else { continue }
                let (place, mirrored) = (y * plane.width + x, y * plane.width + other)
                guard isForeground[place] || isForeground[mirrored] else { continue }
                pairs.append((plane.values[place], plane.values[mirrored]))
            }
        }
        let count = Double(pairs.count), mean = pairs.reduce(0) { $0 + $1.0 } / count
        // Every pixel stands on both sides, so both have one mean and one variance.
        let variance = pairs.reduce(0) { $0 + ($1.0 - mean) * ($1.0 - mean) }
        let product = pairs.reduce(0) { $0 + ($1.0 - mean) * ($1.1 - mean) }
        return variance > 0 ? product / variance : nil
    }
}

/// Otsu's threshold (IEEE Transactions on Systems, Man and Cybernetics 9, 1979): that of whole grey levels which parts
/// them into two classes of the largest variance between.
enum OtsuThreshold {
    /// - Parameter values: 0 to 255.
    static func of(_ values: [Double]) -> Double {
        var counts = [Double](repeating: 0, count: 256)
        for value in values { counts[Int(min(max(value, 0), 255))] += 1 }
        let total = counts.reduce(0, +), sum = counts.enumerated().reduce(0) { $0 + Double($1.offset) * $1.element }
        var below = 0.0, sumBelow = 0.0, best = (between: -1.0, level: 0)
        for level in 0..<256 {
            below += counts[level]
            sumBelow += Double(level) * counts[level]
            guard below > 0, below < total else { continue }
            let difference = sumBelow / below - (sum - sumBelow) / (total - below)
            let between = below * (total - below) * difference * difference
            if between > best.between { best = (between, level) }
        }
        return Double(best.level)
    }
}
