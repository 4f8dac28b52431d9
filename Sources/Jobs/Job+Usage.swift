extension Job {
    package var usage: JobUsage {
        JobUsage(
            computeNanoseconds: Int64(exactly: (timing.computeMilliseconds * 1e6).rounded()) ?? .max, networkCalls: timing.networkCalls,
            imageSteps: timing.imageSteps, imagesDone: progress.imagesDone)
    }

    /// Takes over the totals of a running attempt.
    package mutating func apply(_ usage: JobUsage) {
        timing.computeMilliseconds = Double(usage.computeNanoseconds) / 1e6
        timing.networkCalls = usage.networkCalls
        timing.imageSteps = usage.imageSteps
        progress.step = Int(clamping: usage.imageSteps / Int64(max(1, progress.images)))
        progress.imagesDone = usage.imagesDone
    }
}
