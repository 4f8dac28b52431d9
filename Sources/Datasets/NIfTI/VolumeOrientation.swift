/// Which axis of a file goes to the right, to the front and up: the orientation nearest to its transform.
struct VolumeOrientation: Sendable, Equatable {
    /// The axes of the file that go to the right, to the front and up.
    let axes: [Int]
    /// Whether indices grow to the left, to the back, downwards.
    let isFlipped: [Bool]
    /// Millimetres between voxels to the right, to the front and up.
    let spacing: [Double]

    private static let permutations = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]

    /// - Parameter transform: three rows of four: indices to millimetres to the right, front and up.
    /// - Returns: nil for numbers that are not finite, or axes without length or in one plane.
    init?(_ transform: [[Double]]) {
        let lengths = (0..<3).map { axis in
            (0..<3).reduce(0.0) { $0 + transform[$1][axis] * transform[$1][axis] }.squareRoot()
        }
        guard transform.allSatisfy({ $0.allSatisfy(\.isFinite) }),
            lengths.allSatisfy({ $0.isFinite && $0 > 1e-6 && $0 < 1e6 })
        else { return nil }
        // Of each axis of the file: its share of each direction.
        func share(_ direction: Int, _ axis: Int) -> Double { transform[direction][axis] / lengths[axis] }
        let best = Self.permutations.max { first, second in
            let sums = [first, second].map { axes in
                (0..<3).reduce(0.0) { $0 + share($1, axes[$1]).magnitude }
            }
            return sums[0] < sums[1]
        }
        guard let best, (0..<3).allSatisfy({ share($0, best[$0]) != 0 }) else { return nil }
        axes = best
        isFlipped = (0..<3).map { share($0, best[$0]) < 0 }
        spacing = best.map { lengths[$0] }
    }
}
