import Jobs

// How jobs are kept, and how they go.
extension MemoryJobStore {
    func pin(
        _ id: JobID, _ isPinned: Bool, by actor: String, ifStored stored: Int64?
    ) throws(JobStoreError) -> Job {
        try commit { state, _ throws(JobStoreError) in
            let index = try state.index(id)
            if state.entries[index].job.isPinned != isPinned {
                try JobRules.check(state.job(index), isStillAt: stored)
                state.entries[index].job.isPinned = isPinned
                state.entries[index].change()
                state.record(.pinned(isPinned, by: actor, state.entries[index].status), index, at: now)
            }
            return state.job(index)
        }
    }

    func delete(_ id: JobID, by actor: String, ifStored stored: Int64?) throws(JobStoreError) {
        try commit { state, _ throws(JobStoreError) in
            let index = try state.index(id), entry = state.entries[index]
            guard entry.job.status.isTerminal else { throw .notTerminal(id, status: entry.status) }
            try JobRules.check(state.job(index), isStillAt: stored)
            state.remove([id], .deleted, by: actor, at: now)
        }
    }

    func sweep(_ policy: RetentionPolicy) throws(JobStoreError) -> Int {
        func moment(days: Int) -> Int64 { now.milliseconds - JobRules.milliseconds(days: days) }
        return try commit { state, _ in
            let forgotten = moment(days: policy.tombstoneDays), old = policy.days.map(moment) ?? .min
            state.tombstones = state.tombstones.filter { $0.value.at.milliseconds >= forgotten }
            var total: Int64 = 0
            let ended = state.entries.filter { !$0.job.isPinned }.compactMap { entry in
                entry.job.finishedAt.map { (end: $0, entry: entry) }
            }
            let newestFirst = ended.sorted { ($0.end, $0.entry.ordinal) > ($1.end, $1.entry.ordinal) }
            let expired = newestFirst.filter { end, entry in
                if end.milliseconds < old { return true }
                total += Int64(entry.storedBytes)
                return total > policy.bytes ?? .max
            }
            state.remove(expired.reversed().map(\.entry.job.id), .expired, by: "", at: now)
            return expired.count
        }
    }
}

extension MemoryJobStore.State {
    fileprivate mutating func remove(_ ids: [JobID], _ why: RemovalReason, by actor: String, at now: Timestamp) {
        for id in ids {
            guard let index = entries.firstIndex(where: { $0.job.id == id }) else { continue }
            record(.removed(why, by: actor), index, at: now)
            tombstones[id] = (why, now, entries.remove(at: index).job.owner)
        }
        occurrences.removeAll { ids.contains($0.job) }
    }
}
