import Jobs

/// Where a job and what belongs to it are found, as `RouteTable` has it: for links in documents.
enum JobPath {
    static func job(_ id: JobID) -> String { "/v1/jobs/\(id)" }
    static func cancel(_ id: JobID) -> String { "\(job(id))/cancel" }
    static func events(_ id: JobID) -> String { "\(job(id))/events" }
    static func archive(_ id: JobID) -> String { "\(job(id))/archive" }
    static func deviation(_ id: JobID) -> String { "\(job(id))/deviation" }
    static func image(_ index: Int, of id: JobID) -> String { "\(job(id))/images/\(index)" }
}
