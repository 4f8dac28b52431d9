/// The order in which the levels of a run are visited when it goes back up now and then: RePaint's `get_schedule_jump`
/// (Lugmayr et al. 2022, figure 9), as in diffusers' `RePaintScheduler.set_timesteps`.
///
/// Levels are numbered from `steps - 1`, the noisiest, to 0; -1 is the clean image. A visit at level k evaluates the
/// network there and leads to level k - 1; a climb then goes up by the resampling's length.
package struct ResamplingPath: Sendable, Equatable {
    package struct Visit: Sendable, Equatable {
        package let level: Int
        /// Levels to go up afterwards; 0 goes on down.
        package let climb: Int
    }

    package let visits: [Visit]

    /// The most visits; more would be an image that is never finished.
    static let limit = 1_000_000

    /// - Throws: `InvalidSetting` (field `resample`) if there are more than a million visits.
    package init(steps: Int, resampling: Restoration.Resampling) throws(InvalidSetting) {
        let (length, count) = (resampling.length, resampling.count)
        let total = resampling.visits(steps: steps)
        guard total <= Self.limit else {
            throw InvalidSetting(
                "resample", expected: "at most \(Self.limit) network evaluations in a run", got: "more")
        }
        // Jumps left at the levels 0, length, 2 length ... below steps - length.
        var jumps = [Int](repeating: 0, count: steps)
        for level in stride(from: 0, to: steps - length, by: length) { jumps[level] = count - 1 }
        var visits: [Visit] = []
        visits.reserveCapacity(total)
        var level = steps - 1
        while level >= 0 {
            let climbs = jumps[level] > 0
            visits.append(Visit(level: level, climb: climbs ? length : 0))
            if climbs {
                jumps[level] -= 1
                // The level above the climb's end is not visited again: the next visit is where the climb arrives.
                level += length - 1
            } else {
                level -= 1
            }
        }
        self.visits = visits
    }
}

extension Restoration.Resampling {
    /// How many evaluations a run of so many steps takes with its returns, reckoned without listing them; `Int.max`
    /// where that is not representable.
    public func visits(steps: Int) -> Int {
        guard steps > 0, length >= 1, count > 1 else { return max(0, steps) }
        // One stretch begins at each of the levels 0, length, 2 length ... below steps - length, and is climbed count -
        // 1 times.
        let stretches = max(0, steps - length).dividedRoundingUp(by: length)
        let (climbs, overflowsClimbs) = stretches.multipliedReportingOverflow(by: count - 1)
        let (returns, overflowsReturns) = climbs.multipliedReportingOverflow(by: length)
        let (total, overflowsTotal) = returns.addingReportingOverflow(steps)
        return overflowsClimbs || overflowsReturns || overflowsTotal ? .max : total
    }
}

extension Int {
    fileprivate func dividedRoundingUp(by divisor: Int) -> Int { self / divisor + (self % divisor == 0 ? 0 : 1) }
}
