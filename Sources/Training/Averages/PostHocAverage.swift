/// An average of any width as a sum of snapshots of others: Karras et al. 2024, algorithm 3, the least squares between
/// their profiles in time.
struct PostHocAverage {
    /// The average of a width at a step of the run.
    struct Snapshot {
        let step: Int
        let width: Double
    }

    /// The factor of each snapshot.
    /// - Parameters:
    ///   - width: relative, within `PowerAverage.widths`.
    ///   - step: at which the average is wanted, not before any snapshot.
    /// - Throws: `TrainingError` where the snapshots make no system that can be solved.
    static func factors(_ snapshots: [Snapshot], width: Double, step: Int) throws(TrainingError) -> [Double] {
        let profiles = snapshots.map { (time: Double($0.step), gamma: PowerAverage.exponent($0.width)) }
        let wanted = (time: Double(step), gamma: PowerAverage.exponent(width))
        let matrix = profiles.map { one in profiles.map { PowerAverage.product(one, $0) } }
        guard let factors = LinearSystem.solve(matrix, profiles.map { PowerAverage.product($0, wanted) }),
            factors.allSatisfy(\.isFinite)
        else {
            throw TrainingError("averages", expected: "snapshots that differ", got: "\(snapshots.count) that do not")
        }
        return factors
    }
}
