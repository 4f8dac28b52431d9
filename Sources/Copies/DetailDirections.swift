/// The directions in which the detail of a set of pictures differs most: what the features of an index are products
/// with.
struct DetailDirections: Sendable, Equatable {
    /// Features of an image at most.
    static let most = 64

    /// Images that the directions are made of at most.
    static let mostImages = 2000

    /// Mean detail, `Fingerprint.lanes` lanes.
    let mean: [SIMD16<Float>]
    /// At most `most` vectors of length 1, at right angles to each other.
    let axes: [[SIMD16<Float>]]

    init(mean: [SIMD16<Float>], axes: [[SIMD16<Float>]]) { (self.mean, self.axes) = (mean, axes) }

    /// The features of an image: in lanes of 16, the last filled up with zeros.
    func features(_ detail: [SIMD16<Float>]) -> [SIMD16<Float>] {
        var centred = detail
        for lane in centred.indices { centred[lane] -= mean[lane] }
        var features = [SIMD16<Float>](repeating: .zero, count: Self.most / 16)
        for (place, axis) in axes.enumerated() {
            features[place / 16][place % 16] = Fingerprint.product(centred, axis)
        }
        return features
    }

    /// Finds the directions by orthogonal iteration on the covariance (Golub and Van Loan, Matrix Computations, section
    /// 8.2.4), from a beginning that is always the same. They need not have converged: any that keep images apart
    /// serve.
    /// - Parameter taken: details of at least one image, and at most of `mostImages`.
    init(of taken: [[SIMD16<Float>]]) {
        var mean = [SIMD16<Float>](repeating: .zero, count: Fingerprint.lanes)
        for detail in taken { for lane in mean.indices { mean[lane] += detail[lane] } }
        for lane in mean.indices { mean[lane] /= Float(taken.count) }
        var covariance = [[SIMD16<Float>]](
            repeating: [SIMD16<Float>](repeating: .zero, count: Fingerprint.lanes), count: Fingerprint.count)
        for detail in taken {
            var centred = detail
            for lane in mean.indices { centred[lane] -= mean[lane] }
            for row in 0..<Fingerprint.count {
                let value = centred[row / 16][row % 16]
                for lane in 0..<Fingerprint.lanes { covariance[row][lane] += centred[lane] * value }
            }
        }
        var axes = Self.beginning(min(Self.most, max(1, taken.count - 1)))
        for _ in 0..<12 {
            axes = axes.map { axis in
                var image = [SIMD16<Float>](repeating: .zero, count: Fingerprint.lanes)
                for row in 0..<Fingerprint.count {
                    image[row / 16][row % 16] = Fingerprint.product(covariance[row], axis)
                }
                return image
            }
            axes = Self.orthonormal(axes)
        }
        self.init(mean: mean, axes: axes)
    }

    /// Evenly spaced ones of a list, all where they are few.
    static func spread<Element>(_ all: [Element], most: Int) -> [Element] {
        guard all.count > most else { return all }
        return (0..<most).map { all[$0 * all.count / most] }
    }

    /// Numbers of a linear congruential generator (Knuth's MMIX), which are always the same.
    private static func beginning(_ count: Int) -> [[SIMD16<Float>]] {
        var state: UInt64 = 1
        let axes = (0..<count).map { _ in
            (0..<Fingerprint.lanes).map { _ in
                var lane = SIMD16<Float>.zero
                for place in 0..<16 {
                    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    lane[place] = Float(state >> 40) / Float(1 << 23) - 1
                }
                return lane
            }
        }
        return orthonormal(axes)
    }

    /// Gram and Schmidt's, twice over; an axis of which nothing is left is zero.
    private static func orthonormal(_ given: [[SIMD16<Float>]]) -> [[SIMD16<Float>]] {
        var axes: [[SIMD16<Float>]] = []
        for var axis in given {
            let before = Fingerprint.product(axis, axis).squareRoot()
            for _ in 0..<2 {
                for other in axes {
                    let part = Fingerprint.product(axis, other)
                    for lane in axis.indices { axis[lane] -= other[lane] * part }
                }
            }
            let length = Fingerprint.product(axis, axis).squareRoot()
            let isLeft = length > 1e-5 * before && length > 0
            for lane in axis.indices { axis[lane] = isLeft ? axis[lane] / length : .zero }
            axes.append(axis)
        }
        return axes
    }
}
