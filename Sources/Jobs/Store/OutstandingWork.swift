/// What one job still needs.
public struct OutstandingWork: Hashable, Sendable {
    public var id: JobID
    public var model: String
    public var isRunning: Bool
    /// Network evaluations (rows) that the job takes in all.
    public var plannedCalls: Int64
    /// Calls that were done as of the last save.
    public var callsDone: Int64 = 0
    /// What each of them takes (`PlannedWork.unitsPerCall`); 0 where it is not known.
    public var unitsPerCall: Int64
    public var owner = ""
    public var isLarge = false
    /// Images of the job, and of these, finished as of the last save.
    public var images = 1, imagesDone = 0
    /// Steps of each image (`PlannedWork.steps`), and steps of all images, done as of the last save.
    public var stepsPerImage: Int64 = 0, stepsDone: Int64 = 0

    package init(id: JobID, model: String, isRunning: Bool, plannedCalls: Int64, unitsPerCall: Int64) {
        (self.id, self.model, self.isRunning) = (id, model, isRunning)
        (self.plannedCalls, self.unitsPerCall) = (plannedCalls, unitsPerCall)
    }

    /// Network evaluations left.
    public var callsLeft: Int64 { max(0, plannedCalls - max(0, callsDone)) }
}
