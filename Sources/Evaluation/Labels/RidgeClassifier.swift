/// A linear classifier by ridge regression on +-1 of each class (Hoerl & Kennard 1970): features are brought to mean 0
/// and variance 1 of the training rows, and the class of the largest output wins.
public struct RidgeClassifier: Sendable {
    public let classes: Int
    private let mean: [Double], scale: [Double]
    /// Of each class: a weight a feature, and the intercept.
    private let weights: [[Double]], intercepts: [Double]

    /// The penalty on squared weights, a feature: as large as one row's mean share of the sum of squares, which leaves
    /// 1,280 features of some hundred images no room to fit each of them.
    static let penaltyPerFeature = 1.0
    /// Steps of conjugate gradients at most, and the residual, as a share of the first, at which they end.
    private static let mostSteps = 500, tolerance = 1e-8

    /// - Parameters:
    ///   - rows: features of the training images.
    ///   - labels: the class of each, 0 ..< classes.
    public init(_ rows: [ArraySlice<Float>], labels: [Int], classes: Int) {
        precondition(!rows.isEmpty && rows.count == labels.count)
        self.classes = classes
        let dimension = rows[0].count, count = Double(rows.count)
        var mean = [Double](repeating: 0, count: dimension), square = mean
        for row in rows {
            for (place, value) in row.enumerated() {
                mean[place] += Double(value) / count
                square[place] += Double(value) * Double(value) / count
            }
        }
        // A feature that hardly varies says nothing.
        let scale = zip(mean, square).map { mean, square in
            let variance = square - mean * mean
            return variance > 1e-12 * max(square, 1e-12) ? 1 / variance.squareRoot() : 0
        }
        let standard = rows.map { row in
            row.enumerated().map { ($1.asDouble - mean[$0]) * scale[$0] }
        }
        var weights: [[Double]] = [], intercepts: [Double] = []
        // Of two classes the second's output is the first's with the other sign.
        for value in 0..<(classes == 2 ? 1 : classes) {
            let targets = labels.map { $0 == value ? 1.0 : -1.0 }
            let intercept = targets.reduce(0, +) / count
            intercepts.append(intercept)
            weights.append(
                Self.solve(
                    standard, targets.map { $0 - intercept }, penalty: Self.penaltyPerFeature * Double(dimension)))
        }
        if classes == 2 {
            weights.append(weights[0].map { -$0 })
            intercepts.append(-intercepts[0])
        }
        (self.mean, self.scale, self.weights, self.intercepts) = (mean, scale, weights, intercepts)
    }

    /// The class of a row.
    public func callAsFunction(_ row: ArraySlice<Float>) -> Int {
        let outputs = outputs(row)
        return outputs.indices.max { outputs[$0] < outputs[$1] } ?? 0
    }

    /// One number a class, near 1 for what the row shows and near -1 for what not.
    func outputs(_ row: ArraySlice<Float>) -> [Double] {
        let standard = row.enumerated().map { ($1.asDouble - mean[$0]) * scale[$0] }
        return zip(weights, intercepts).map { weights, intercept in
            zip(weights, standard).reduce(intercept) { $0 + $1.0 * $1.1 }
        }
    }

    /// The weights w with (X' X + penalty) w = X' y, by conjugate gradients (Hestenes & Stiefel 1952).
    private static func solve(_ rows: [[Double]], _ targets: [Double], penalty: Double) -> [Double] {
        func product(_ w: [Double]) -> [Double] {
            transposed(rows, rows.map { dot($0, w) }, plus: w.map { penalty * $0 })
        }
        var residual = transposed(rows, targets, plus: [Double](repeating: 0, count: rows[0].count))
        var direction = residual, w = [Double](repeating: 0, count: residual.count)
        var norm = dot(residual, residual)
        let enough = norm * tolerance * tolerance
        for _ in 0..<mostSteps where norm > enough {
            let image = product(direction), step = norm / dot(direction, image)
            for place in w.indices {
                w[place] += step * direction[place]
                residual[place] -= step * image[place]
            }
            let next = dot(residual, residual), ratio = next / norm
            for place in direction.indices { direction[place] = residual[place] + ratio * direction[place] }
            norm = next
        }
        return w
    }

    private static func dot(_ a: [Double], _ b: [Double]) -> Double {
        var sum = 0.0
        for place in a.indices { sum += a[place] * b[place] }
        return sum
    }

    /// The sum of rows, each times its factor, and of `start`.
    private static func transposed(_ rows: [[Double]], _ factors: [Double], plus start: [Double]) -> [Double] {
        var sum = start
        for (row, factor) in zip(rows, factors) {
            for place in sum.indices { sum[place] += factor * row[place] }
        }
        return sum
    }
}

extension Float {
    fileprivate var asDouble: Double { Double(self) }
}
