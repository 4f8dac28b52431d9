import Jobs

// The order of the queue.
extension MemoryJobStore.State {
    /// Where entries stand in the order of turns.
    var inTurn: [Int] { entries.indices.sorted { entries[$0].place < entries[$1].place } }

    func present(_ new: NewJob) -> FairTurns.Present {
        let alike = entries.filter { $0.isLarge == new.work.isLarge }
        let waiting = alike.filter { $0.job.status == .queued && $0.job.model.name == new.model.name }
        return FairTurns.Present(
            latestLeased: alike.filter { $0.job.status == .running }.map(\.turn).max(),
            earliestWaiting: waiting.map(\.turn).min(),
            latestEnd: accounts.values.map { new.work.isLarge ? $0.largeTurn : $0.smallTurn }.max() ?? 0)
    }

    /// Moves the owner's jobs that wait behind this one up by its weight.
    mutating func giveBack(_ index: Int) {
        let gone = entries[index], weight = FairTurns.weight(of: gone.new.work)
        for other in entries.indices {
            let entry = entries[other]
            guard entry.job.status == .queued, entry.job.owner == gone.job.owner, entry.isLarge == gone.isLarge,
                entry.place > gone.place
            else { continue }
            entries[other].turn = FairTurns.turn(entry.turn, withoutWeight: weight)
        }
        accounts[gone.job.owner]?.giveBack(weight: weight, isLarge: gone.isLarge)
    }
}
