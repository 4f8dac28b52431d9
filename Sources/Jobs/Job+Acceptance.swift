extension Job {
    /// A job as it is when it has just been accepted.
    package init(_ new: NewJob, id: JobID, at time: Timestamp) {
        self.init(id: id, kind: new.kind, model: new.model, request: new.request, createdAt: time)
        owner = new.owner
        (progress.steps, progress.images) = (new.work.steps, new.work.images)
    }
}

extension NewJob {
    /// What the job takes in the store before it has made anything.
    package var byteCount: Int { inputs.reduce(request.count + run.count) { $0 + $1.bytes.count } }
}
