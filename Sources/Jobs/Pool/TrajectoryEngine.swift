/// Makes images, one network evaluation at a time. The worker pool knows trajectories only through this face and that
/// of `EngineTrajectory`: it decides who steps when and with whom, saves and resumes them, and never looks inside.
///
/// The bytes of an image may depend on its job's request and its index alone: not on the batch, the worker, or where it
/// was resumed.
public protocol TrajectoryEngine: Sendable {
    /// A job's request, understood: made once when the job starts, shared by its images.
    associatedtype Plan: EnginePlan
    associatedtype Trajectory: EngineTrajectory
    /// What one worker computes with (a thread team, an arena). Made on the worker's thread and never seen by another.
    associatedtype Worker

    func makeWorker(_ index: Int) throws -> Worker

    /// - Parameter lease: the job, with what is run of it and what it works on.
    /// - Throws: when the job cannot run; it fails then.
    func plan(_ lease: JobLease) throws -> Plan

    /// - Parameters:
    ///   - image: 0 ..< images of the job.
    ///   - saved: what `EngineTrajectory.saved()` gave for this image earlier, perhaps in another process; nil to begin
    ///     from nothing.
    /// - Throws: when `saved` is unreadable (another version wrote it): the image is then begun from nothing, which
    ///   makes the same bytes; or when the image cannot be made: the job fails then.
    func begin(_ plan: Plan, image: Int, saved: [UInt8]?) throws -> Trajectory

    /// Advances every trajectory by one network evaluation. All have the same batch key; none is finished. The count
    /// must not change.
    /// - Parameter isWanted: whether somebody still waits for the step; once it says no it does so for ever, and the
    ///   step should end soon, by an error. Quick, and for any thread.
    /// - Throws: for any of them; the pool repeats the step with each alone to find out which. What is thrown for a
    ///   step that is not wanted any more does not matter.
    func step(_ batch: inout [Trajectory], on worker: inout Worker, isWanted: @escaping @Sendable () -> Bool) throws

    /// Called on the worker's thread when it has had nothing to do for a while: memory that only computing needs had
    /// better be given back.
    /// - Parameter isLast: whether no job is being run at all.
    func rest(_ worker: inout Worker, isLast: Bool)

    /// The problem document (JSON) that the failed job keeps. Errors of the pool's own are `WorkerPoolError`.
    func problem(for error: any Error, job: Job) -> [UInt8]
}

extension TrajectoryEngine {
    public func rest(_ worker: inout Worker, isLast: Bool) {}
}
