public struct JobCounts: Hashable, Sendable {
    public var byStatus: [JobStatus: Int]

    public init(byStatus: [JobStatus: Int]) {
        self.byStatus = byStatus
    }

    public subscript(_ status: JobStatus) -> Int { byStatus[status] ?? 0 }
}
