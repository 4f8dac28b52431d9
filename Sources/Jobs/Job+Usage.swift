extension Job {
    package var usage: JobUsage {
        JobUsage(
            computeNanoseconds: Int64(exactly: (timing.computeMilliseconds * 1e6).rounded()) ?? .max,
            networkCalls: timing.networkCalls,
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

    /// Notes that the job is being computed from now on; only the first start counts.
    package mutating func begin(at time: Timestamp) {
        startedAt = startedAt ?? time
        timing.queueMilliseconds = startedAt.map { max(0, $0.milliseconds - createdAt.milliseconds) }
    }
}

extension JobUsage {
    /// The totals of a job of which everything is done.
    package func completed(_ progress: JobProgress) -> JobUsage {
        let (product, overflow) = progress.images.multipliedReportingOverflow(by: progress.steps)
        let steps = overflow ? Int64.max : Int64(product)
        return JobUsage(
            computeNanoseconds: computeNanoseconds, networkCalls: networkCalls, imageSteps: steps,
            imagesDone: progress.images)
    }
}
