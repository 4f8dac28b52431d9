/// Some images of a job, made under a lease of their own while other processes make the others.
public struct JobPart: Hashable, Sendable {
    public var images: Range<Int>
    /// What these images have taken until the lease was given, as far as it is saved; the time that earlier attempts
    /// took stays with the job.
    public var usage: JobUsage

    package init(images: Range<Int>, usage: JobUsage) {
        (self.images, self.usage) = (images, usage)
    }
}

extension JobLease {
    /// The images to be made.
    public var images: Range<Int> { part?.images ?? 0..<max(0, job.progress.images) }

    /// The totals that those of this lease go on from.
    public var usage: JobUsage { part?.usage ?? job.usage }
}

/// How the images of one job are shared out among processes.
extension JobRules {
    /// Images that a job may have: each takes a place in memory of who runs it.
    package static let mostImages = 1_000_000

    /// Images that a process makes at the same time.
    /// - Parameters:
    ///   - rows: rows of the network's batches that it evaluates at the same time.
    ///   - calls: rows that all steps of the job's images take together.
    package static func imagesTogether(rows: Int, calls: Int64, images: Int, steps: Int) -> Int {
        let (steps, _) = max(1, Int64(images)).multipliedReportingOverflow(by: max(1, Int64(steps)))
        let rowsOfImage = max(1, (max(0, calls) - 1) / max(1, steps) + 1)
        return max(1, Int(Int64(max(1, rows)) / rowsOfImage))
    }

    /// Images of the next part: half of what is left, divided by the processes, so that there are few parts while there
    /// is much to do, and small ones at the end, when one would wait for another ("factoring": Hummel, Schonberg and
    /// Flynn, Communications of the ACM 35(8), 1992). But always as many as fill batches.
    /// - Parameters:
    ///   - left: images that nobody has yet.
    ///   - together: `imagesTogether`.
    ///   - processes: that may take parts, this one included.
    package static func imagesOfPart(left: Int, together: Int, processes: Int) -> Int {
        let (left, together) = (min(max(0, left), mostImages), min(max(1, together), mostImages))
        let halves = 2 * min(max(1, processes), mostImages), share = (left + halves - 1) / halves
        return min(left, max(1, (share + together - 1) / together) * together)
    }
}

extension JobStore {
    /// For a store that leases whole jobs only.
    public func finishPart(_ checkpoint: JobCheckpoint) throws(JobStoreError) -> Bool {
        try finish(checkpoint)
        return true
    }
}
