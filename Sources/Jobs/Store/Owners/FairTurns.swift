/// The order of the queue: owners take turns by the work that they ask for, not by the number of their jobs.
///
/// Start-time fair queueing (Goyal, Vin and Cheng 1996, section 2): each job gets a turn when it is accepted, the later
/// of the present turn and the end of its owner's job before, and jobs are leased by their turns; equal ones in the
/// order of acceptance. The present turn is that of the latest job which has been leased, so the first job of a name
/// that had none comes before all that an owner of a thousand has waiting. Jobs of large steps, which have places of
/// their own, take turns among themselves.
package enum FairTurns {
    /// The end of all turns: far beyond what any owner comes to.
    package static let last: Int64 = 1 << 61

    /// What a job counts for: the work of its network evaluations.
    package static func weight(of work: PlannedWork) -> Int64 {
        weight(calls: Int64(max(0, work.calls)), unitsPerCall: Int64(max(0, work.unitsPerCall)))
    }

    /// - Parameter unitsPerCall: 0 where it is not known; such evaluations count for one.
    package static func weight(calls: Int64, unitsPerCall: Int64) -> Int64 {
        let (product, overflow) = max(1, calls).multipliedReportingOverflow(by: max(1, unitsPerCall))
        return overflow ? JobRules.mostCounted : min(product, JobRules.mostCounted)
    }

    /// What decides the turn of a new job, of the jobs whose steps are as large as its own.
    package struct Present: Hashable, Sendable {
        /// The latest turn of those that are leased; nil when there are none.
        package var latestLeased: Int64?
        /// The earliest turn of those of the same model that wait; nil when there are none.
        package var earliestWaiting: Int64?
        /// The latest turn that any owner has come to.
        package var latestEnd: Int64

        package init(latestLeased: Int64?, earliestWaiting: Int64?, latestEnd: Int64) {
            (self.latestLeased, self.earliestWaiting) = (latestLeased, earliestWaiting)
            self.latestEnd = latestEnd
        }

        /// Where the turn of a new owner begins. With nothing to go by, at the end of all that was done: nobody is owed
        /// anything of the time when nobody waited.
        var turn: Int64 {
            switch (latestLeased, earliestWaiting) {
            // A model that is served by fewer hosts lags behind the others.
            case (let leased?, let waiting?): min(leased, waiting)
            case (let turn?, nil), (nil, let turn?): turn
            case (nil, nil): latestEnd
            }
        }
    }

    /// The turn of an owner's job after one that waited has gone: it takes the place that was left.
    package static func turn(_ turn: Int64, withoutWeight weight: Int64) -> Int64 {
        max(0, clamped(turn) - weight)
    }

    fileprivate static func end(of turn: Int64, weight: Int64) -> Int64 { min(turn + weight, last) }

    fileprivate static func clamped(_ turn: Int64) -> Int64 { min(max(0, turn), last) }
}

extension OwnerAccount {
    /// The turn of the owner's next job.
    package mutating func takeTurn(for work: PlannedWork, _ present: FairTurns.Present) -> Int64 {
        let own = work.isLarge ? largeTurn : smallTurn
        let turn = max(FairTurns.clamped(own), FairTurns.clamped(present.turn))
        let end = FairTurns.end(of: turn, weight: FairTurns.weight(of: work))
        if work.isLarge { largeTurn = end } else { smallTurn = end }
        return turn
    }

    /// Gives the turn of a job back: see `JobRules.givesTurnBack`.
    package mutating func giveBack(weight: Int64, isLarge: Bool) {
        if isLarge {
            largeTurn = FairTurns.turn(largeTurn, withoutWeight: weight)
        } else {
            smallTurn = FairTurns.turn(smallTurn, withoutWeight: weight)
        }
    }
}
