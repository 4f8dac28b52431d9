/// One image being made: a value, so that a copy is a snapshot.
public protocol EngineTrajectory: Sendable {
    /// Whether no step is left: `output()` can be asked for.
    var isFinished: Bool { get }

    /// Steps done, in the unit of `PlannedWork.steps`.
    var step: Int { get }

    /// Rows of the network's batch that the next step takes; not the same for all steps where guidance has an interval.
    var rowsOfNextStep: Int { get }

    /// The bytes from which `TrajectoryEngine.begin` goes on, perhaps in another process. Called on a thread that is
    /// not a worker's.
    /// - Throws: when they cannot be made: the image then goes on from what was saved before, should the process end.
    func saved() throws -> [UInt8]

    /// The encoded image of a finished trajectory.
    /// - Throws: when it cannot be encoded; the job fails then.
    func output() throws -> ImageOutput
}
