import Imaging
import Jobs

/// All routes over one board: the face of the service, whatever computes behind it.
package struct RouteTable: Sendable {
    package let board: JobBoard
    package let status: ServiceStatus
    package let lanes: Lanes
    package let validator: GenerationValidator

    package init(board: JobBoard, status: ServiceStatus, lanes: Lanes, validator: GenerationValidator) {
        self.board = board
        self.status = status
        self.lanes = lanes
        self.validator = validator
    }

    /// What is there before the models are.
    package static func probes(status: ServiceStatus, queueLimit: Int, workers: Int) -> [Route] {
        HealthRoutes(status: status, queueLimit: queueLimit, workers: workers).table + DocumentRoutes().table
    }

    /// What needs them.
    package var routes: [Route] {
        let jobs = JobRoutes(board: board, status: status, queue: lanes.reading)
        let rates = board.rates
        let models = ModelRoutes(
            models: validator.models, limits: validator.limits, millisecondsPerCall: { rates.millisecondsPerCall(model: $0) })
        let submissions = SubmissionRoutes(validator: validator, jobs: jobs, writing: lanes.writing)
        return submissions.table + jobs.table + ImageRoutes(jobs: jobs).table
            + DeviationRoutes(jobs: jobs).table + models.table
    }
}
