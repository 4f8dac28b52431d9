import Jobs
import Locking

/// A job store without a database: values under one lock. Several of them may share their contents, as processes share
/// a queue.
final class MemoryJobStore: JobStore {
    struct Entry: Sendable {
        let ordinal: Int64
        /// As it is stored: `running` from the lease on, without images and position.
        var job: Job
        let new: NewJob
        var turn: Int64
        var hasBegun = false
        var lease: (token: String, end: Timestamp)?
        var fruitless: Int64 = 0
        var saved: [Int: SavedTrajectory] = [:]
        var finished: [Int: FinishedImage] = [:]
        /// Images that the list of occurrences does not have yet.
        var arrivals: [Int] = []
        var isEndTold = false

        var unitsPerCall: Int64 { Int64(max(0, new.work.unitsPerCall)) }
        var status: JobStatus { JobRules.status(job.status, hasBegun: hasBegun) }

        mutating func change(_ status: JobStatus? = nil) {
            job.status = status ?? job.status
            job.version = JobRules.version(after: job.version)
            if job.status != .running { (hasBegun, lease) = (false, nil) }
        }

        mutating func apply(_ usage: JobUsage) {
            fruitless = JobRules.fruitlessAttempts(
                fruitless, stepsBefore: job.usage.imageSteps, stepsNow: usage.imageSteps)
            if usage != job.usage { change() }
            job.apply(usage)
        }

        mutating func take(_ images: [Int: FinishedImage]) {
            arrivals += images.keys.sorted().filter { finished[$0] == nil }
            finished.merge(images) { known, _ in known }
            for index in images.keys { saved[index] = nil }
        }

        mutating func end(_ status: JobStatus, at now: Timestamp) {
            job.finishedAt = now
            change(status)
            saved = [:]
            if status != .succeeded { (finished, arrivals) = ([:], []) }
        }

        var images: [ImageRecord] {
            finished.sorted { $0.key < $1.key }.map { index, image in ImageRecord(image.output, index: index) }
        }

        var storedBytes: Int { finished.values.reduce(new.byteCount) { $0 + $1.output.bytes.count } }
    }

    struct State: Sendable {
        var entries: [Entry] = []
        var ordinal: Int64 = 0
        var occurrences: [(sequence: Int64, job: JobID, image: Int?)] = []
        var sequence: Int64 = 0
        var tombstones: [JobID: (why: RemovalReason, at: Timestamp, owner: String)] = [:]
        var accounts: [String: OwnerAccount] = [:]
        var audit: [AuditEntry] = []

        func index(_ id: JobID) throws(JobStoreError) -> Int {
            if let index = entries.firstIndex(where: { $0.job.id == id }) { return index }
            if let stone = tombstones[id] { throw .gone(id, why: stone.why, at: stone.at) }
            throw .notFound(id)
        }

        func index(_ lease: JobLease) -> Int? {
            entries.firstIndex { $0.job.id == lease.job.id && $0.lease?.token == lease.token }
        }

        func job(_ index: Int) -> Job {
            var job = entries[index].job
            job.status = entries[index].status
            job.images = entries[index].images
            guard job.status == .queued else { return job }
            let isLarge = entries[index].new.work.isLarge
            let place = (entries[index].turn, entries[index].ordinal)
            job.queuePosition = entries.count {
                $0.status == .queued && $0.new.work.isLarge == isLarge && ($0.turn, $0.ordinal) <= place
            }
            return job
        }

        /// Where entries stand in the order of turns.
        var inTurn: [Int] {
            entries.indices.sorted { left, right in
                (entries[left].turn, entries[left].ordinal) < (entries[right].turn, entries[right].ordinal)
            }
        }

        func queued(of owner: String) -> Int { entries.count { $0.status == .queued && $0.job.owner == owner } }

        func present(_ new: NewJob) -> FairTurns.Present {
            let alike = entries.filter { $0.new.work.isLarge == new.work.isLarge }
            let waiting = alike.filter { $0.job.status == .queued && $0.job.model.name == new.model.name }
            return FairTurns.Present(
                latestLeased: alike.filter { $0.job.status == .running }.map(\.turn).max(),
                earliestWaiting: waiting.map(\.turn).min(),
                latestEnd: accounts.values.map { new.work.isLarge ? $0.largeTurn : $0.smallTurn }.max() ?? 0)
        }

        mutating func giveBack(_ index: Int) {
            let gone = entries[index], owner = gone.job.owner
            let weight = FairTurns.weight(of: gone.new.work)
            for other in entries.indices
            where entries[other].job.status == .queued && entries[other].job.owner == owner
                && entries[other].new.work.isLarge == gone.new.work.isLarge
                && (entries[other].turn, entries[other].ordinal) > (gone.turn, gone.ordinal)
            {
                entries[other].turn = FairTurns.turn(entries[other].turn, withoutWeight: weight)
            }
            accounts[owner]?.giveBack(weight: weight, isLarge: gone.new.work.isLarge)
        }

        mutating func record(_ act: AuditEntry.Act, _ index: Int, at now: Timestamp) {
            let entry = entries[index]
            record(
                AuditEntry.Event(
                    act, job: entry.job.id, owner: entry.job.owner, recipe: AuditEntry.Event.recipe(entry.new.run)),
                at: now)
        }

        mutating func record(_ event: AuditEntry.Event, at now: Timestamp) {
            audit.append(AuditEntry(event, at: now, after: audit.last.map { ($0.sequence, $0.digest) }))
        }

        /// Takes note of what the transaction that ends has made happen.
        mutating func note() {
            for index in entries.indices {
                let id = entries[index].job.id
                var news: [Int?] = entries[index].arrivals
                entries[index].arrivals = []
                if entries[index].job.status.isTerminal, !entries[index].isEndTold {
                    if entries[index].job.status != .succeeded { occurrences.removeAll { $0.job == id } }
                    entries[index].isEndTold = true
                    news.append(nil)
                }
                for image in news {
                    sequence += 1
                    occurrences.append((sequence, id, image))
                }
            }
        }

        func occurrence(_ sequence: Int64, _ job: JobID, _ image: Int?) -> JobOccurrence? {
            guard let image else { return JobOccurrence(sequence: sequence, job: job, kind: .ended) }
            guard let output = entries.first(where: { $0.job.id == job })?.finished[image]?.output else { return nil }
            return JobOccurrence(sequence: sequence, job: job, kind: .image(ImageRecord(output, index: image)))
        }

        mutating func remove(_ ids: [JobID], _ why: RemovalReason, by actor: String, at now: Timestamp) {
            let action = why == .deleted ? AuditEntry.Action.delete : .expire
            for id in ids {
                guard let index = entries.firstIndex(where: { $0.job.id == id }) else { continue }
                record(.init(action, by: actor, outcome: AuditEntry.Act.removed), index, at: now)
                tombstones[id] = (why, now, entries[index].job.owner)
            }
            entries.removeAll { ids.contains($0.job.id) }
            occurrences.removeAll { ids.contains($0.job) }
        }
    }

    /// What stores share.
    final class Contents: Sendable {
        let state = Lock(State())
        let observers = StoreObservers()
    }

    private let contents: Contents
    private let clock: @Sendable () -> Timestamp
    private let isClosed = Lock(false)

    init(_ contents: Contents = Contents(), clock: @escaping @Sendable () -> Timestamp = { .now }) {
        (self.contents, self.clock) = (contents, clock)
    }

    private typealias Transaction<Value> = (inout State, inout [StoreEvent]) throws(JobStoreError) -> Value

    /// All or nothing.
    private func commit<Value: Sendable>(_ body: Transaction<Value>) throws(JobStoreError) -> Value {
        if isClosed.withLock({ $0 }) { throw .storeUnavailable("closed") }
        var events: [StoreEvent] = []
        let value = try contents.state.withLock { state throws(JobStoreError) -> Value in
            var changed = state
            let value = try body(&changed, &events)
            changed.note()
            state = changed
            return value
        }
        contents.observers.tell(events)
        return value
    }

    func insert(_ new: NewJob, queueLimit: Int) throws(JobStoreError) -> Submission {
        try commit { state, events throws(JobStoreError) in
            if let key = new.idempotency,
                let known = state.entries.firstIndex(where: {
                    $0.new.idempotency?.scope == key.scope && $0.new.idempotency?.key == key.key
                })
            {
                let id = state.entries[known].job.id
                try JobRules.check(key, against: state.entries[known].new.idempotency?.digest ?? "", of: id)
                return Submission(job: state.job(known), isNew: false)
            }
            try JobRules.admit(queued: state.entries.count { $0.status == .queued }, limit: queueLimit)
            var generator = SystemRandomNumberGenerator()
            let job = Job(new, id: JobID(at: clock(), using: &generator), at: clock())
            var account = state.accounts[new.owner] ?? OwnerAccount()
            let standings = try account.charge(
                new.work, new.quota, of: new.owner, queued: state.queued(of: new.owner), at: clock())
            let turn = account.takeTurn(for: new.work, state.present(new))
            state.accounts[new.owner] = account
            state.ordinal += 1
            state.entries.append(Entry(ordinal: state.ordinal, job: job, new: new, turn: turn))
            state.record(.init(accepted: job.id, new), at: clock())
            events.append(.arrived(job.id))
            return Submission(job: state.job(state.entries.count - 1), isNew: true, standings: standings)
        }
    }

    func owner(of id: JobID) throws(JobStoreError) -> String {
        try commit { state, _ throws(JobStoreError) in
            let owner = state.entries.first { $0.job.id == id }?.job.owner ?? state.tombstones[id]?.owner
            guard let owner else { throw .notFound(id) }
            return owner
        }
    }

    func audit(after sequence: Int64, limit: Int) throws(JobStoreError) -> [AuditEntry] {
        try commit { state, _ in Array(state.audit.drop { $0.sequence <= sequence }.prefix(max(1, limit))) }
    }

    func job(_ id: JobID) throws(JobStoreError) -> Job {
        try commit { state, _ throws(JobStoreError) in state.job(try state.index(id)) }
    }

    func jobs(_ query: JobQuery) throws(JobStoreError) -> JobPage {
        let end = try query.cursor.map { text throws(JobStoreError) in try JobRules.ordinal(ofCursor: text) } ?? .max
        let limit = JobRules.jobsOfPage(limit: query.limit)
        return try commit { state, _ throws(JobStoreError) in
            let found = state.entries.indices.reversed().filter { index in
                state.entries[index].ordinal < end
                    && query.admits(state.entries[index].job, state.entries[index].status)
            }
            let jobs = found.prefix(limit).map(state.job)
            let count = JobRules.jobsOfPage(listing: jobs.map(\.images.count), limit: limit)
            let last = count < found.count ? state.entries[found[count - 1]].ordinal : nil
            return JobPage(jobs: Array(jobs.prefix(count)), nextCursor: last.map(JobRules.cursor))
        }
    }

    func image(_ index: Int, of id: JobID) throws(JobStoreError) -> StoredImage {
        try commit { state, _ throws(JobStoreError) in
            let entry = state.entries[try state.index(id)]
            guard let image = entry.finished[index] else {
                throw .imageNotFound(job: id, index: index, status: entry.status)
            }
            return StoredImage(
                record: ImageRecord(image.output, index: index), model: entry.job.model.name, bytes: image.output.bytes)
        }
    }

    func occurrences(_ query: OccurrenceQuery) throws(JobStoreError) -> [JobOccurrence] {
        try commit { state, _ in
            let own = Set(state.entries.lazy.filter { (query.owner ?? $0.job.owner) == $0.job.owner }.map(\.job.id))
            let found = state.occurrences.filter {
                $0.sequence > query.after && (query.job ?? $0.job) == $0.job && own.contains($0.job)
            }
            return Array(found.compactMap { state.occurrence($0.sequence, $0.job, $0.image) }.prefix(query.limit))
        }
    }

    func latestOccurrence() throws(JobStoreError) -> Int64 { try commit { state, _ in state.sequence } }

    func images(_ query: ImageQuery) throws(JobStoreError) -> ImagePage {
        let end = try query.cursor.map { text throws(JobStoreError) in try JobRules.place(ofCursor: text) }
        return try commit { state, _ in
            var found: [(place: JobRules.ImagePlace, image: ListedImage)] = []
            for entry in state.entries {
                guard (query.kind ?? entry.job.kind) == entry.job.kind,
                    (query.model ?? entry.job.model.name) == entry.job.model.name,
                    (query.owner ?? entry.job.owner) == entry.job.owner,
                    query.labels.allSatisfy(entry.new.labels.contains)
                else { continue }
                for record in entry.images where record.byteCount > 0 {
                    let place = JobRules.ImagePlace(ordinal: entry.ordinal, index: record.index)
                    guard end.map({ place < $0 }) ?? true else { continue }
                    let origin = ListedImage.Origin(
                        id: entry.job.id, kind: entry.job.kind, model: entry.job.model,
                        createdAt: entry.job.createdAt, request: entry.job.request)
                    let image = ListedImage(record: record, job: origin)
                    found.append((place, image))
                }
            }
            found.sort { $0.place > $1.place }
            let last = found.count > query.limit ? found[query.limit - 1].place : nil
            return ImagePage(images: found.prefix(query.limit).map(\.image), nextCursor: last.map(JobRules.cursor))
        }
    }

    func pin(_ id: JobID, _ isPinned: Bool, by actor: String) throws(JobStoreError) -> Job {
        try commit { state, _ throws(JobStoreError) in
            let index = try state.index(id)
            if state.entries[index].job.isPinned != isPinned {
                state.entries[index].job.isPinned = isPinned
                state.entries[index].job.version = JobRules.version(after: state.entries[index].job.version)
                state.record(.init(isPinned ? .pin : .unpin, by: actor, outcome: state.entries[index].status.rawValue), index, at: clock())
            }
            return state.job(index)
        }
    }

    func input(digest: String, owner: String?) throws(JobStoreError) -> JobInput? {
        try commit { state, _ in
            state.entries.lazy.filter { (owner ?? $0.job.owner) == $0.job.owner }.flatMap(\.new.inputs)
                .first { $0.digest == digest }
        }
    }

    func counts() throws(JobStoreError) -> JobCounts {
        try commit { state, _ in JobCounts(byStatus: state.entries.reduce(into: [:]) { $0[$1.status, default: 0] += 1 })
        }
    }

    func outstandingWork() throws(JobStoreError) -> [OutstandingWork] {
        try commit { state, _ in
            state.inTurn.map { state.entries[$0] }.filter { !$0.job.status.isTerminal }.map {
                var work = OutstandingWork(
                    id: $0.job.id, model: $0.job.model.name, isRunning: $0.job.status == .running,
                    plannedCalls: Int64($0.new.work.calls), unitsPerCall: $0.unitsPerCall)
                work.callsDone = $0.job.timing.networkCalls
                (work.owner, work.isLarge) = ($0.job.owner, $0.new.work.isLarge)
                (work.images, work.imagesDone) = ($0.new.work.images, $0.job.progress.imagesDone)
                (work.stepsPerImage, work.stepsDone) = (Int64($0.new.work.steps), $0.job.timing.imageSteps)
                return work
            }
        }
    }

    func measuredRates() throws(JobStoreError) -> [String: MeasuredSpeed] {
        try commit { state, _ in
            let measured = state.entries.filter { $0.status == .succeeded && $0.job.usage.networkCalls > 0 }
            return Dictionary(grouping: measured.suffix(100), by: \.job.model.name).compactMapValues(\.speed)
        }
    }

    func recover() throws(JobStoreError) -> [JobID] {
        try commit { state, events in
            let over = state.entries.indices.filter { state.entries[$0].lease.map { $0.end <= clock() } ?? false }
            for index in over { state.entries[index].change(.queued) }
            events = over.map { .arrived(state.entries[$0].job.id) }
            return over.map { state.entries[$0].job.id }
        }
    }

    func lease(_ places: LeasePlaces) throws(JobStoreError) -> [JobLease] {
        try commit { state, _ in
            var left = [false: places.small, true: places.large]
            return state.inTurn.compactMap { index in
                let entry = state.entries[index]
                let isLarge = entry.new.work.isLarge
                guard entry.job.status == .queued, places.models?.contains(entry.job.model.name) ?? true,
                    !places.without.contains(entry.job.owner), left[isLarge, default: 0] > 0
                else { return nil }
                left[isLarge, default: 0] -= 1
                return start(&state, index)
            }
        }
    }

    private func start(_ state: inout State, _ index: Int) -> JobLease {
        var entry = state.entries[index]
        let token = "\(clock().milliseconds) \(UInt64.random(in: 0...(.max)))"
        let end = JobRules.leaseEnd(from: clock())
        entry.change(.running)
        entry.lease = (token, end)
        entry.job.attempt = Int(JobRules.attempts(afterStart: Int64(entry.job.attempt)))
        entry.fruitless = JobRules.attempts(afterStart: entry.fruitless)
        entry.job.resumedFromStep = JobRules.resumedFromStep(
            saved: entry.saved.values.map(\.step), finished: entry.finished.count, steps: entry.new.work.steps,
            images: entry.new.work.images)
        state.entries[index] = entry
        var lease = JobLease(token: token, expiresAt: end, job: state.job(index))
        (lease.run, lease.inputs) = (entry.new.run, entry.new.inputs.sorted { $0.name < $1.name })
        (lease.unitsPerCall, lease.fruitlessAttempts) = (entry.unitsPerCall, Int(entry.fruitless))
        (lease.saved, lease.finished) = (entry.saved, entry.finished.mapValues(\.calls))
        return lease
    }

    private typealias Change = (inout Entry, _ place: Int, inout [StoreEvent]) -> Void

    /// Changes the jobs whose leases stand.
    /// - Returns: the others.
    @discardableResult
    private func update(_ leases: [JobLease], _ change: Change) throws(JobStoreError) -> [JobID] {
        try commit { state, events in
            leases.indices.compactMap { place in
                guard let index = state.index(leases[place]) else { return leases[place].job.id }
                change(&state.entries[index], place, &events)
                return nil
            }
        }
    }

    func begin(_ leases: [JobLease]) throws(JobStoreError) {
        try update(leases) { entry, _, _ in
            guard !entry.hasBegun else { return }
            entry.hasBegun = true
            entry.job.begin(at: clock())
            entry.change()
        }
    }

    func renew(_ leases: [JobLease]) throws(JobStoreError) -> [JobID] {
        try update(leases) { entry, _, _ in entry.lease?.end = JobRules.leaseEnd(from: clock()) }
    }

    func save(_ checkpoints: [JobCheckpoint]) throws(JobStoreError) -> [JobID] {
        try update(checkpoints.map(\.lease)) { entry, place, _ in
            entry.lease?.end = JobRules.leaseEnd(from: clock())
            entry.apply(checkpoints[place].usage)
            entry.saved.merge(checkpoints[place].trajectories) { _, new in new }
            entry.take(checkpoints[place].finished)
        }
    }

    func finish(_ checkpoint: JobCheckpoint) throws(JobStoreError) {
        try commit { state, events throws(JobStoreError) in
            let job = checkpoint.lease.job
            guard let index = state.index(checkpoint.lease) else { throw .leaseLost(job.id) }
            state.entries[index].apply(checkpoint.usage)
            state.entries[index].take(checkpoint.finished)
            try JobRules.checkComplete(
                state.entries[index].images.map(\.index), of: job.id, expected: job.progress.images)
            state.entries[index].job.apply(checkpoint.usage.completed(job.progress))
            state.entries[index].job.begin(at: clock())
            state.entries[index].end(.succeeded, at: clock())
            state.record(
                .init(.succeed, outcome: AuditEntry.Act.imagesOutcome(state.entries[index].images)), index, at: clock())
            events.append(.ended(job.id))
        }
    }

    func fail(_ lease: JobLease, problem: [UInt8], usage: JobUsage) throws(JobStoreError) {
        try commit { state, events throws(JobStoreError) in
            guard let index = state.index(lease) else { throw .leaseLost(lease.job.id) }
            state.entries[index].apply(usage)
            state.entries[index].job.error = problem
            state.entries[index].end(.failed, at: clock())
            state.record(.init(.fail, outcome: JobStatus.failed.rawValue), index, at: clock())
            events.append(.ended(lease.job.id))
        }
    }

    func release(_ leases: [JobLease]) throws(JobStoreError) {
        try update(leases) { entry, _, events in
            entry.job.attempt = Int(JobRules.attempts(afterRelease: Int64(entry.job.attempt)))
            entry.fruitless = JobRules.attempts(afterRelease: entry.fruitless)
            entry.change(.queued)
            events.append(.arrived(entry.job.id))
        }
    }

    func cancel(_ id: JobID, usage: JobUsage?, by actor: String) throws(JobStoreError) -> Job {
        try commit { state, events throws(JobStoreError) in
            let index = try state.index(id)
            guard !state.entries[index].job.status.isTerminal else { return state.job(index) }
            if JobRules.givesTurnBack(state.entries[index].job) { state.giveBack(index) }
            if let usage, state.entries[index].lease != nil { state.entries[index].apply(usage) }
            state.entries[index].end(.cancelled, at: clock())
            state.record(.init(.cancel, by: actor, outcome: JobStatus.cancelled.rawValue), index, at: clock())
            events.append(.cancelled(id))
            return state.job(index)
        }
    }

    func delete(_ id: JobID, by actor: String) throws(JobStoreError) {
        try commit { state, _ throws(JobStoreError) in
            let entry = state.entries[try state.index(id)]
            guard entry.job.status.isTerminal else { throw .notTerminal(id, status: entry.status) }
            state.remove([id], .deleted, by: actor, at: clock())
        }
    }

    func sweep(_ policy: RetentionPolicy) throws(JobStoreError) -> Int {
        func moment(days: Int) -> Int64 { clock().milliseconds - JobRules.milliseconds(days: days) }
        return try commit { state, _ in
            let forgotten = moment(days: policy.tombstoneDays)
            let old = policy.days.map(moment) ?? .min
            state.tombstones = state.tombstones.filter { $0.value.at.milliseconds >= forgotten }
            var total: Int64 = 0
            let ended = state.entries.filter { $0.job.finishedAt != nil && !$0.job.isPinned }.sorted {
                ($0.job.finishedAt!, $0.ordinal) > ($1.job.finishedAt!, $1.ordinal)  // Filtered just before.
            }
            let expired = ended.filter { entry in
                if entry.job.finishedAt!.milliseconds < old { return true }
                total += Int64(entry.storedBytes)
                return total > policy.bytes ?? .max
            }
            state.remove(expired.reversed().map(\.job.id), .expired, by: "", at: clock())
            return expired.count
        }
    }

    func checkWritable() throws(JobStoreError) { try commit { _, _ in } }
    func observe(_ body: @escaping @Sendable (StoreEvent) -> Void) -> StoreObservation { contents.observers.add(body) }
    func close() throws(JobStoreError) { isClosed.withLock { $0 = true } }
}
