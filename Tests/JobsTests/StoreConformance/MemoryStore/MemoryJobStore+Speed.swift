import Jobs

extension [MemoryJobStore.Entry] {
    /// How fast these jobs of one model were; nil when there are none.
    var speed: MeasuredSpeed? {
        nanoseconds(each: { _ in 1 }).map { MeasuredSpeed(perCall: $0, perUnit: nanoseconds(each: \.unitsPerCall)) }
    }

    /// For one of what every evaluation has `each` of, by the jobs of which that is known; nil when it is of none.
    private func nanoseconds(each: (MemoryJobStore.Entry) -> Int64) -> Double? {
        let known = filter { each($0) > 0 }
        guard !known.isEmpty else { return nil }
        let time = known.reduce(0) { $0 + $1.job.usage.computeNanoseconds }
        return Double(time) / known.reduce(0) { $0 + Double($1.job.usage.networkCalls) * Double(each($1)) }
    }
}
