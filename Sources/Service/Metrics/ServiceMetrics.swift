import CoreMetrics
import Exposition
import Jobs
import Locking

/// What the service counts of itself, for `GET /metrics`.
package final class ServiceMetrics: Sendable {
    package let registry = MetricRegistry(families)
    /// Processor time that was counted already, seconds.
    private let processorTime = Lock(0.0)

    package init() {
        gauge("phantom_info", [("version", Service.version)], 1)
        gauge("process_start_time_seconds", [], Double(Timestamp.now.milliseconds) / 1_000)
    }

    func count(_ name: String, _ labels: [(String, String)], by amount: Int = 1) {
        Counter(label: name, dimensions: labels, factory: registry).increment(by: amount)
    }

    func gauge(_ name: String, _ labels: [(String, String)], _ value: Double) {
        Meter(label: name, dimensions: labels, factory: registry).set(value)
    }

    private func observe(_ name: String, _ labels: [(String, String)], _ value: Double) {
        Recorder(label: name, dimensions: labels, aggregate: true, factory: registry).record(value)
    }

    // MARK: Requests

    /// - Parameters:
    ///   - route: the template of the route; `-` for what has none.
    ///   - refusal: the problem that it was answered with.
    func answered(_ method: String, _ route: String, status: Int, seconds: Double, refusal: ProblemKind?) {
        let place = [("method", method), ("route", route)]
        count("phantom_http_requests_total", place + [("status", String(status))])
        observe("phantom_http_request_duration_seconds", place, seconds)
        if let refusal { count("phantom_requests_refused_total", [("reason", refusal.rawValue)]) }
    }

    // MARK: The store

    package func committed(in duration: Duration) {
        observe("phantom_store_commit_duration_seconds", [], duration.inSeconds)
    }

    // MARK: The process

    func note(_ usage: ProcessUsage) {
        gauge("process_resident_memory_bytes", [], Double(usage.residentBytes))
        gauge("process_virtual_memory_bytes", [], Double(usage.virtualBytes))
        gauge("process_threads", [], Double(usage.threads))
        let more = processorTime.withLock { known in
            defer { known = max(known, usage.processorSeconds) }
            return usage.processorSeconds - known
        }
        FloatingPointCounter(label: "process_cpu_seconds_total", factory: registry).increment(by: max(0, more))
    }
}

extension ServiceMetrics: JobMeter {
    /// Makes the series of a model that may stay 0 for long, so that its first failure is an increase.
    func prepare(model: String, kinds: [String]) {
        for kind in kinds {
            let labels = [("kind", kind), ("model", model)]
            count("phantom_jobs_accepted_total", labels, by: 0)
            for outcome in JobStatus.allCases where outcome.isTerminal {
                count("phantom_jobs_ended_total", labels + [("outcome", outcome.rawValue)], by: 0)
            }
        }
        count("phantom_steps_total", [("model", model)], by: 0)
    }

    package func accepted(_ job: Job) { count("phantom_jobs_accepted_total", Self.labels(job)) }

    package func began(_ job: Job, afterMilliseconds milliseconds: Int64) {
        observe("phantom_job_wait_seconds", Self.labels(job), Double(max(0, milliseconds)) / 1_000)
    }

    package func ended(_ job: Job, as status: JobStatus) {
        count("phantom_jobs_ended_total", Self.labels(job) + [("outcome", status.rawValue)])
    }

    package func evaluated(_ evaluation: MeasuredEvaluation) {
        let labels = [("model", evaluation.model)], seconds = Double(evaluation.nanoseconds) / 1e9
        count("phantom_steps_total", labels, by: evaluation.steps)
        observe("phantom_evaluation_duration_seconds", labels, seconds)
        observe("phantom_batch_rows", labels, Double(evaluation.rows))
        for _ in 0..<evaluation.steps {
            observe("phantom_step_duration_seconds", labels, seconds / Double(evaluation.steps))
        }
    }

    package func saved(in duration: Duration) {
        observe("phantom_checkpoint_duration_seconds", [], duration.inSeconds)
    }

    /// Kind and model were checked when the job was accepted: each is one of few.
    private static func labels(_ job: Job) -> [(String, String)] { [("kind", job.kind), ("model", job.model.name)] }
}

extension Duration {
    fileprivate var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
