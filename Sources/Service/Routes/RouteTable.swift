import Imaging
import Jobs

/// Every path and method of the service, whatever computes behind it. Read from top to bottom: the first line that fits
/// is the route; which methods a path offers is told in this order too.
package struct RouteTable: Sendable {
    package let board: JobBoard
    package let status: ServiceStatus
    package let lanes: Lanes
    /// Of the models that are there; a table of others is a copy with another.
    package var validator: GenerationValidator
    package let events: EventHub
    /// Nil where nobody asks for it: in tests.
    var roster: WorkerRoster?
    var reload: ReloadRequest?
    /// Where ends of jobs may be told; nil: nowhere.
    package var targets: WebhookTargets?
    private let pending = PendingImages()

    package init(
        board: JobBoard, status: ServiceStatus, lanes: Lanes, validator: GenerationValidator,
        events settings: EventHub.Settings = .init()
    ) {
        let desk = JobDesk(board: board, status: status, lanes: lanes)
        events = EventHub(desk: desk, settings)
        self.board = board
        self.status = status
        self.lanes = lanes
        self.validator = validator
    }

    /// What is there before the models are; all but the measurements asks for no token.
    package static func probes(
        status: ServiceStatus, queueLimit: Int, workers: Int, metrics: ServiceMetrics = ServiceMetrics()
    ) -> [Route] {
        let health = HealthRoutes(status: status, queueLimit: queueLimit, workers: workers)
        let page = PageRoutes()
        return [
            Route(.get, "/health", access: .open, lane: .immediate, health.summary),
            Route(.get, "/livez", access: .open, lane: .immediate, health.alive),
            Route(.get, "/readyz", access: .open, lane: .immediate, health.ready),
            Route(.get, "/v2/health/live", access: .open, lane: .immediate, health.aliveV2),
            Route(.get, "/v2/health/ready", access: .open, lane: .immediate, health.readyV2),
            Route(.get, "/", access: .open, lane: .immediate, page.page),
            Route(.get, "/page/{file}", access: .open, lane: .immediate, page.file),
            Route(.get, "/openapi.yaml", access: .open, lane: .immediate, DocumentRoutes().openAPI),
            Route(.get, "/metrics", access: .read, lane: .immediate, MetricsRoutes(metrics: metrics).scrape),
        ]
    }

    /// What needs the models.
    package var routes: [Route] {
        let desk = events.desk
        let submissions = SubmissionRoutes(validator: validator, desk: desk, targets: targets)
        let (jobs, images, deviations) = (JobRoutes(desk: desk), ImageRoutes(desk: desk), DeviationRoutes(desk: desk))
        let (events, gallery) = (EventRoutes(hub: events), GalleryRoutes(desk: desk))
        let openAI = OpenAIRoutes(submissions: submissions, pending: pending)
        let inference = InferenceRoutes(models: validator.models)
        let models = ModelRoutes(validator: validator, rates: board.rates)
        return [
            Route(.post, "/v1/generations", access: .submit, lane: .planning(.json), submissions.generate),
            Route(.post, "/v1/inpaintings", access: .submit, lane: .planning(.upload), submissions.inpaint),
            Route(.post, "/v1/super-resolutions", access: .submit, lane: .planning(.upload), submissions.enlarge),
            Route(.post, "/v1/verifications", access: .submit, lane: .planning(.file), submissions.verify),

            Route(.post, "/v1/images/generations", access: .submit, lane: .planning(.json), openAI.generate)
                .problems(as: .openAI),
            Route(.post, "/v1/images/edits", access: .submit, lane: .planning(.upload), openAI.edit)
                .problems(as: .openAI),

            Route(.get, "/v1/jobs", access: .read, lane: .reading, jobs.list),
            Route(.get, "/v1/jobs/{id}", access: .read, lane: .reading, jobs.get),
            Route(.delete, "/v1/jobs/{id}", access: .manage, lane: .writing, jobs.delete),
            Route(.post, "/v1/jobs/{id}/cancel", access: .manage, lane: .writing, jobs.cancel),

            Route(.get, "/v1/jobs/{id}/images/{n}.json", access: .read, lane: .converting, images.recipe),
            Route(.get, "/v1/jobs/{id}/images/{n}.dcm", access: .read, lane: .converting, images.dicom),
            Route(.get, "/v1/jobs/{id}/images/{n}", access: .read, lane: .reading, images.png),
            Route(.get, "/v1/jobs/{id}/deviation", access: .read, lane: .comparing, deviations.deviation),

            Route(.get, "/v1/jobs/{id}/events", access: .read, lane: .reading, events.job),
            Route(.get, "/v1/events", access: .read, lane: .reading, events.all),

            Route(.get, "/v1/images", access: .read, lane: .reading, gallery.list),
            Route(.get, "/v1/jobs/{id}/archive", access: .read, lane: .reading, gallery.archive),
            Route(.post, "/v1/jobs/{id}/pin", access: .manage, lane: .writing, gallery.pin),
            Route(.delete, "/v1/jobs/{id}/pin", access: .manage, lane: .writing, gallery.unpin),

            Route(
                .get, "/v1/workers", access: .read, lane: .reading, WorkerRoutes(desk: desk, roster: roster).list),
            Route(.get, "/v1/models", access: .read, lane: .immediate, models.list),
            Route(.get, "/v1/models/{name}", access: .read, lane: .immediate, models.get),
            Route(
                .post, "/v1/models/reload", access: .admin, lane: .immediate,
                ReloadRoutes(status: status, reload: reload).reload),

            Route(.get, "/v2", access: .read, lane: .immediate, inference.server),
            Route(.get, "/v2/models/{name}", access: .read, lane: .immediate, inference.model),
            Route(.get, "/v2/models/{name}/ready", access: .read, lane: .immediate, inference.ready),
        ]
    }
}
