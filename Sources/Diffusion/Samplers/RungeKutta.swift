import Numbers

/// The explicit Runge-Kutta pair of orders 5 and 4 of Dormand & Prince 1980, and the control of its steps as in scipy's
/// `RK45` (Hairer, Norsett & Wanner, "Solving ordinary differential equations I", sections II.4 and II.5).
enum RungeKutta {
    /// Nodes c_1 ... c_6; the last is the end of the step, where the slope serves the next step as its first.
    static let nodes: [Double] = [0, 1.0 / 5, 3.0 / 10, 4.0 / 5, 8.0 / 9, 1, 1]
    /// Row s: the weights of the slopes before stage s. The last row is the fifth-order step itself.
    static let weights: [[Double]] = [
        [],
        [1.0 / 5],
        [3.0 / 40, 9.0 / 40],
        [44.0 / 45, -56.0 / 15, 32.0 / 9],
        [19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729],
        [9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656],
        [35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84],
    ]
    /// The fifth order less the fourth, over all seven slopes.
    static let errors: [Double] = [
        -71.0 / 57600, 0, 71.0 / 16695, -71.0 / 1920, 17253.0 / 339200, -22.0 / 525, 1.0 / 40,
    ]

    /// start + h sum weights slopes.
    static func sample(_ start: [Float], _ slopes: [[Float]], stage: Int, h: Double) -> [Float] {
        let row = weights[stage]
        return start.indices.map { i in
            var sum = 0.0
            for (weight, slope) in zip(row, slopes) { sum += weight * Double(slope[i]) }
            return Float(Double(start[i]) + h * sum)
        }
    }

    /// The root mean square of the error of a step, in units of what is tolerated.
    static func errorNorm(_ slopes: [[Float]], from start: [Float], to end: [Float], h: Double, tolerance: Double)
        -> Double
    {
        var sum = 0.0
        for i in start.indices {
            var error = 0.0
            for (weight, slope) in zip(errors, slopes) { error += weight * Double(slope[i]) }
            let scale = tolerance + tolerance * Double(max(start[i].magnitude, end[i].magnitude))
            let part = error * h / scale
            sum += part * part
        }
        return (sum / Double(start.count)).squareRoot()
    }

    /// The root mean square of values in units of what is tolerated at `start`.
    static func norm(_ values: [Float], at start: [Float], tolerance: Double) -> Double {
        var sum = 0.0
        for i in start.indices {
            let part = Double(values[i]) / (tolerance + tolerance * Double(start[i].magnitude))
            sum += part * part
        }
        return (sum / Double(start.count)).squareRoot()
    }

    /// How much longer (or shorter) the next step is: 0.9 error^(-1/5), within 0.2 and 10.
    static func factor(_ error: Double, accepted: Bool, wasRejected: Bool) -> Double {
        guard error > 0 else { return wasRejected ? 1 : 10 }
        let ideal = 0.9 * ElementaryFunctions.pow(error, -0.2)
        guard accepted else { return max(0.2, ideal) }
        return min(wasRejected ? 1 : 10, ideal)
    }
}
