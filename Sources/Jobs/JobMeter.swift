/// Is told what jobs do, to be counted. Called on the threads that do it, so it must only take note.
public protocol JobMeter: Sendable {
    /// A new job is on disk.
    func accepted(_ job: Job)
    /// The job is computed for the first time, so long after it was accepted.
    func began(_ job: Job, afterMilliseconds: Int64)
    /// The job has ended here, or was cancelled here.
    func ended(_ job: Job, as status: JobStatus)
    func evaluated(_ evaluation: MeasuredEvaluation)
    /// Progress of running jobs was written.
    func saved(in duration: Duration)
}

/// One network evaluation of a batch.
public struct MeasuredEvaluation: Hashable, Sendable {
    /// Name of the model.
    public var model: String
    /// Images that it took a step further.
    public var steps: Int
    /// Rows of the batch: with guidance two of an image.
    public var rows: Int
    public var nanoseconds: Int64

    package init(model: String, steps: Int, rows: Int, nanoseconds: Int64) {
        (self.model, self.steps, self.rows, self.nanoseconds) = (model, steps, rows, nanoseconds)
    }
}
