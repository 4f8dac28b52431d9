import Jobs

// The processes that share the queue.
extension PostgresJobStore {
    public func announce(_ worker: WorkerRecord) throws(JobStoreError) {
        try write { connection, _ in
            // Nobody waits for this to be on disk: it is said again in a few seconds.
            connection.later("SET LOCAL synchronous_commit = off")
            connection.later(
                """
                INSERT INTO workers
                    (id, name, role, version, arithmetic, cores, active_jobs, is_draining, started_at, seen_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, moment($9), moment($9))
                ON CONFLICT (id) DO UPDATE SET (active_jobs, is_draining, seen_at)
                    = (excluded.active_jobs, excluded.is_draining, excluded.seen_at)
                """,
                [
                    .text(worker.id), .text(worker.name), .text(worker.role), .text(worker.program.version),
                    .text(worker.program.arithmetic), .integer(worker.cores), .integer(worker.activeJobs),
                    .boolean(worker.isDraining), self.now,
                ])
            for model in worker.models {
                connection.later(
                    """
                    INSERT INTO worker_models (worker, model, weights_sha256, ns_per_call) VALUES ($1, $2, $3, $4)
                    ON CONFLICT (worker, model) DO UPDATE
                    SET (weights_sha256, ns_per_call) = (excluded.weights_sha256, excluded.ns_per_call)
                    """,
                    [
                        .text(worker.id), .text(model.reference.name), .text(model.reference.weightsSHA256),
                        model.nanosecondsPerCall.map { .real($0) } ?? .null,
                    ])
            }
            // What has been silent for an hour is of no interest to anybody.
            connection.later("DELETE FROM workers WHERE seen_at < moment($1) - 3600000", [self.now])
        }
    }

    public func workers() throws(JobStoreError) -> [WorkerRecord]? {
        try read { connection in
            let models = try connection.run("SELECT worker, model, weights_sha256, ns_per_call FROM worker_models").rows
            let byWorker = Dictionary(grouping: models) { $0.text("worker") }
            return try connection.run(
                """
                SELECT id, name, role, version, arithmetic, cores, active_jobs, is_draining, started_at, seen_at
                FROM workers WHERE seen_at > moment($1) - 30000 ORDER BY started_at, id
                """, [self.now]
            ).rows.map { Self.worker($0, models: byWorker[$0.text("id")] ?? []) }
        }
    }

    private static func worker(_ row: SQLRow, models: [SQLRow]) -> WorkerRecord {
        let models = models.map { model in
            WorkerRecord.Model(
                ModelReference(name: model.text("model"), weightsSHA256: model.text("weights_sha256")),
                nanosecondsPerCall: model.real("ns_per_call"))
        }
        var worker = WorkerRecord(
            id: row.text("id"), name: row.text("name"), role: row.text("role"),
            program: .init(version: row.text("version"), arithmetic: row.text("arithmetic")),
            cores: Int(row.count("cores")))
        worker.models = models.sorted { $0.reference.name < $1.reference.name }
        (worker.activeJobs, worker.isDraining) = (Int(row.count("active_jobs")), row.boolean("is_draining"))
        (worker.startedAt, worker.seenAt) = (row.moment("started_at"), row.moment("seen_at"))
        return worker
    }
}
