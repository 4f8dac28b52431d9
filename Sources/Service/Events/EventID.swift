import Jobs

/// Which jobs a stream tells of.
package enum EventScope: Hashable, Sendable {
    case job(JobID)
    /// Those of one owner.
    case owned(String)
    case all

    /// nil: any job.
    var job: JobID? { if case .job(let id) = self { id } else { nil } }

    /// nil: anybody's jobs.
    var owner: String? { if case .owned(let name) = self { name } else { nil } }

    /// The scope that ids of events name: clients see one stream of all jobs, whatever they see of it.
    var published: EventScope { job.map(EventScope.job) ?? .all }
}

/// The id of an event: whose stream it belongs to, and up to which of the store's occurrences everything was told. It
/// means the same after a restart.
package struct EventID: Equatable, Sendable {
    package let scope: EventScope
    package let sequence: Int64

    package init(_ scope: EventScope, _ sequence: Int64) {
        (self.scope, self.sequence) = (scope.published, sequence)
    }

    /// Reads `JOB.NUMBER` or `all.NUMBER`, as `text` writes it.
    package init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let sequence = Int64(parts[1]), sequence >= 0, String(sequence) == parts[1] else {
            return nil
        }
        if parts[0] == "all" {
            self.init(.all, sequence)
        } else if let job = JobID(String(parts[0])) {
            self.init(.job(job), sequence)
        } else {
            return nil
        }
    }

    package var text: String {
        switch scope {
        case .job(let id): "\(id).\(sequence)"
        case .all, .owned: "all.\(sequence)"
        }
    }
}
