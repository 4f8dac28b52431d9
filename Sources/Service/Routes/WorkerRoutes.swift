import HTTP
import HTTPTypes
import JSON
import Jobs

/// `/v1/workers`: which processes share the queue.
struct WorkerRoutes: Sendable {
    let desk: JobDesk
    let roster: WorkerRoster?

    func list(_ call: Call) throws(Problem) -> Reply {
        try call.query(known: []).finish()
        let workers = try desk.stored { () throws(JobStoreError) in try roster?.all() ?? [] }
        return .now(.json(["items": .array(workers.map { .object(Self.document($0)) })]))
    }

    private static func document(_ worker: WorkerRecord) -> JSONObject {
        let models: [JSONValue] = worker.models.map { model in
            [
                "name": .string(model.reference.name), "weights_sha256": .string(model.reference.weightsSHA256),
                "ms_per_call": model.nanosecondsPerCall.map { .measured($0 / 1e6) } ?? .null,
            ]
        }
        return [
            "id": .string(worker.id), "name": .string(worker.name), "role": .string(worker.role),
            "version": .string(worker.program.version), "arithmetic": .string(worker.program.arithmetic),
            "cores": .integer(worker.cores), "models": .array(models), "active_jobs": .integer(worker.activeJobs),
            "draining": .bool(worker.isDraining), "started_at": .string(worker.startedAt.rfc3339),
            "seen_at": .string(worker.seenAt.rfc3339),
        ]
    }
}
