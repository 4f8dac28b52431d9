import Jobs

/// An occurrence of the store, written as an event.
package struct ToldOccurrence: Sendable {
    package let sequence: Int64
    package let text: [UInt8]
    /// Whether nothing comes after it in its stream.
    package let isLast: Bool

    package init(sequence: Int64, text: [UInt8], isLast: Bool) {
        (self.sequence, self.text, self.isLast) = (sequence, text, isLast)
    }
}

/// What a look at the store has found for one scope.
package struct EventNews: Sendable {
    package let told: [ToldOccurrence]
    /// Everything up to this occurrence has been looked at: what is not told of it never will be. Beyond the last that
    /// is told where others' occurrences follow, or some that have gone.
    package let end: Int64
    /// Whether there was no more when the store was read.
    package let isAll: Bool

    package init(told: [ToldOccurrence], end: Int64, isAll: Bool) {
        (self.told, self.end, self.isAll) = (told, end, isAll)
    }
}

/// What there is to tell to all streams of one scope, written once: the latest occurrences, which nobody may miss, and
/// of each job the newest progress and preview, which a slow reader skips. A value without a clock or a lock.
package struct EventFeed {
    /// What is replaced by the next of its kind.
    package struct Topic: Hashable, Sendable {
        package enum Kind: Hashable, Sendable { case progress, preview }
        let kind: Kind
        let job: JobID

        package init(_ kind: Kind, _ job: JobID) { (self.kind, self.job) = (kind, job) }
    }

    /// Occurrences that are kept at hand; who is further behind reads the store.
    package static let keptOccurrences = 64

    /// Everything up to this occurrence is known here, whether it was of this scope or not.
    package private(set) var sequence: Int64
    /// Counts the texts that may be skipped.
    package private(set) var generation = 0
    private var recent: [ToldOccurrence] = []
    /// `recent` holds everything after this.
    private var floor: Int64
    private var newest: [Topic: (generation: Int, text: [UInt8])] = [:]
    /// The text of the present generation: all that a reader is told who has kept up, and one array for all of them.
    private var latest: [UInt8]?

    /// - Parameter sequence: the occurrence after which this feed begins.
    package init(after sequence: Int64) { (self.sequence, floor) = (sequence, sequence) }

    package mutating func tell(_ news: EventNews) {
        recent += news.told.filter { $0.sequence > sequence }
        sequence = max(sequence, news.end)
        let surplus = recent.count - Self.keptOccurrences
        guard surplus > 0 else { return }
        floor = recent[surplus - 1].sequence
        recent.removeFirst(surplus)
    }

    package mutating func replace(_ topic: Topic, _ text: [UInt8]) {
        generation += 1
        newest[topic] = (generation, text)
        latest = text
    }

    /// A job that has ended makes no progress any more.
    package mutating func forget(_ job: JobID) {
        newest[Topic(.progress, job)] = nil
        newest[Topic(.preview, job)] = nil
        latest = newest.values.first { $0.generation == generation }?.text
    }

    /// What came after an occurrence; nil if it is not at hand any more.
    func occurrences(after sequence: Int64) -> ArraySlice<ToldOccurrence>? {
        guard sequence >= floor else { return nil }
        return recent.drop { $0.sequence <= sequence }
    }

    /// The texts that have been replaced since, in the order of that.
    func texts(after generation: Int) -> [UInt8] {
        guard generation < self.generation else { return [] }
        if generation == self.generation - 1 { return latest ?? [] }
        let newer = newest.values.filter { $0.generation > generation }
        return Array(newer.sorted { $0.generation < $1.generation }.map(\.text).joined())
    }
}
