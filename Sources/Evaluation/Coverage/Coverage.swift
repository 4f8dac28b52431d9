/// How two sets of feature vectors cover each other, by balls about each row that reach to its k-th neighbour of the
/// same set: precision and recall (Kynkaanniemi et al., arXiv 1904.06991, section 2; k 3), density and coverage (Naeem
/// et al., arXiv 2002.09797, section 3; k 5). A row lies in a ball where it is nearer than its radius, strictly less,
/// as in the latter authors' `prdc`.
struct Coverage: Sendable {
    /// Share of synthetic images within the balls of real ones.
    var precision = 0.0
    /// Share of real images within the balls of synthetic ones.
    var recall = 0.0
    /// Real balls that a synthetic image lies in, over k, on average.
    var density = 0.0
    /// Share of real images whose ball holds a synthetic one.
    var coverage = 0.0

    /// Neighbours that bound a ball of precision and recall, and one of density and coverage.
    static let manifoldNeighbours = 3
    static let densityNeighbours = 5

    /// The balls of both sets, by their squared radii.
    struct Balls: Sendable {
        var realManifold: [Double]
        var realDensity: [Double]
        var syntheticManifold: [Double]
    }

    /// What has been found of the images so far.
    struct Count: Sendable {
        var isPrecise: [Bool]
        var isRecalled: [Bool]
        var isCovered: [Bool]
        /// Real balls about each synthetic image.
        var balls: [Double]

        init(real: Int, synthetic: Int) {
            isPrecise = Array(repeating: false, count: synthetic)
            isRecalled = Array(repeating: false, count: real)
            isCovered = Array(repeating: false, count: real)
            balls = Array(repeating: 0, count: synthetic)
        }

        /// - Parameter weight: how often the real image counts.
        @inline(__always)
        mutating func add(_ square: Double, real: Int, synthetic: Int, _ balls: Balls, weight: Double = 1) {
            if square < balls.realManifold[real] { isPrecise[synthetic] = true }
            if square < balls.syntheticManifold[synthetic] { isRecalled[real] = true }
            if square < balls.realDensity[real] {
                isCovered[real] = true
                self.balls[synthetic] += weight
            }
        }

        /// Joins what was found of other pairs.
        mutating func join(_ other: Count) {
            for place in isPrecise.indices {
                isPrecise[place] = isPrecise[place] || other.isPrecise[place]
                balls[place] += other.balls[place]
            }
            for place in isRecalled.indices {
                isRecalled[place] = isRecalled[place] || other.isRecalled[place]
                isCovered[place] = isCovered[place] || other.isCovered[place]
            }
        }
    }

    /// The shares of a count of images that count `weights` times.
    init(_ count: Count, real: [Double], synthetic: [Double]) {
        func share(_ found: [Bool], _ weights: [Double]) -> Double {
            zip(found, weights).reduce(0) { $1.0 ? $0 + $1.1 : $0 } / weights.reduce(0, +)
        }
        precision = share(count.isPrecise, synthetic)
        recall = share(count.isRecalled, real)
        coverage = share(count.isCovered, real)
        density =
            zip(count.balls, synthetic).reduce(0) { $0 + $1.0 * $1.1 } / synthetic.reduce(0, +)
            / Double(Self.densityNeighbours)
    }
}
