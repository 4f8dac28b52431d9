import Exposition

// What the service measures, by name. Labels are route templates, names of configured models and words of closed sets:
// never what a client has written.
extension ServiceMetrics {
    package static let families: [MetricFamily] = requests + jobs + store + process

    /// Seconds, from an answer out of memory to the longest wait of a request.
    private static let answerBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50]
    /// Seconds, from an idle service to a long queue.
    private static let waitBounds = [0.01, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600, 14_400]
    /// Seconds of one network evaluation, from a small model on many cores to a large image.
    private static let evaluationBounds = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 15, 60]
    /// Seconds of a write, from a fast disk to one that hangs.
    private static let writeBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5]

    private static let requests: [MetricFamily] = [
        .init("phantom_info", .gauge, "Always 1; the label names the version."),
        .init(
            "phantom_http_requests_total", .counter,
            "Requests that were answered, by method, route template and status."),
        .init(
            "phantom_http_request_duration_seconds", .histogram(bounds: answerBounds),
            "From the header of a request to its answer, by method and route template."),
        .init(
            "phantom_requests_refused_total", .counter,
            "Requests that were answered with a problem document, by the problem's type."),
        .init("phantom_event_streams", .gauge, "Streams of events that are open."),
    ]

    private static let jobs: [MetricFamily] = [
        .init("phantom_jobs_accepted_total", .counter, "Jobs that were put into the queue here, by kind and model."),
        .init(
            "phantom_jobs_ended_total", .counter,
            "Jobs that ended here, by kind, model and outcome (succeeded, failed, cancelled)."),
        .init(
            "phantom_job_wait_seconds", .histogram(bounds: waitBounds),
            "From the acceptance of a job to its first step, by kind and model."),
        .init("phantom_jobs", .gauge, "Jobs in the store, by status."),
        .init("phantom_queue_limit", .gauge, "Jobs that may wait at the same time."),
        .init("phantom_queue_oldest_seconds", .gauge, "Age of the oldest job that waits; 0 where none does."),
        .init("phantom_workers", .gauge, "Worker threads of the pool, each with compute threads of its own."),
        .init(
            "phantom_webhook_deliveries_total", .counter,
            "Attempts to tell the end of a job, by outcome (delivered, failed, abandoned)."),
        .init("phantom_steps_total", .counter, "Steps of images that were computed, by model."),
        .init(
            "phantom_evaluation_duration_seconds", .histogram(bounds: evaluationBounds),
            "Time of one network evaluation of a batch, by model."),
        .init(
            "phantom_step_duration_seconds", .histogram(bounds: evaluationBounds),
            "Time of one step of one image: that of its evaluation, divided by the images in it; by model."),
        .init(
            "phantom_batch_rows", .histogram(bounds: [1, 2, 3, 4, 6, 8, 12, 16, 32, 64]),
            "Rows of a network evaluation, by model."),
    ]

    private static let store: [MetricFamily] = [
        .init("phantom_store_bytes", .gauge, "Bytes of the job store, by part (database, log)."),
        .init("phantom_store_free_bytes", .gauge, "Bytes free on the file system of the job store."),
        .init("phantom_store_writable", .gauge, "1 while the store takes writes, 0 while it does not."),
        .init(
            "phantom_store_commit_duration_seconds", .histogram(bounds: writeBounds),
            "Time of one writing transaction, with its fsync and the checkpoint of the log that it may cause."),
        .init(
            "phantom_checkpoint_duration_seconds", .histogram(bounds: writeBounds),
            "Time of one save of the progress of all running jobs."),
    ]

    /// As other Prometheus clients name them.
    private static let process: [MetricFamily] = [
        .init("process_cpu_seconds_total", .counter, "Processor time of the process."),
        .init("process_resident_memory_bytes", .gauge, "Memory of the process that is resident."),
        .init("process_virtual_memory_bytes", .gauge, "Address space of the process."),
        .init("process_threads", .gauge, "Threads of the process."),
        .init("process_open_fds", .gauge, "File descriptors that are open."),
        .init("process_max_fds", .gauge, "File descriptors that may be open."),
        .init("process_start_time_seconds", .gauge, "When the service began, in seconds since 1970."),
    ]
}
