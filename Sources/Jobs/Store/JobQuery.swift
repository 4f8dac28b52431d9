/// Which jobs to list.
public struct JobQuery: Sendable {
    /// nil: any.
    public var status: JobStatus?
    public var kind: String?
    public var model: String?
    /// Whose jobs; nil: everybody's.
    public var owner: String?
    /// Clamped to 1...1000.
    public var limit: Int
    /// `JobPage.nextCursor` of the page before.
    public var cursor: String?

    public init(
        status: JobStatus? = nil, kind: String? = nil, model: String? = nil, limit: Int = 50, cursor: String? = nil
    ) {
        self.status = status
        self.kind = kind
        self.model = model
        self.limit = limit
        self.cursor = cursor
    }
}

public struct JobPage: Sendable {
    public var jobs: [Job]
    /// Opaque; nil on the last page. Jobs that arrive meanwhile neither shift nor repeat what follows.
    public var nextCursor: String?

    package init(jobs: [Job], nextCursor: String?) {
        self.jobs = jobs
        self.nextCursor = nextCursor
    }
}
