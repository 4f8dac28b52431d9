// Looking at what is being computed, without disturbing it.
extension WorkerPool {
    /// The first of the job's images that is on its way, as it was before the step that may be under way now: a copy,
    /// which nothing that is done with it changes.
    package func present(_ id: JobID) -> (image: Int, trajectory: Engine.Trajectory)? {
        state.withLock { state in state.schedule.jobs[id]?.present }
    }
}
