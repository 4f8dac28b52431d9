import HTTP
import HTTPTypes
import JSON
import Jobs

/// Probes. They read memory only, and answer while every core computes and while the disk hangs.
struct HealthRoutes: Sendable {
    let status: ServiceStatus
    let queueLimit: Int
    let workers: Int

    func summary(_ call: Call) throws(Problem) -> Reply {
        guard status.word == .ready else { throw unready(extensions: ["health": .object(document)]) }
        return .now(.json(document))
    }

    func alive(_ call: Call) throws(Problem) -> Reply { .now(.probe) }

    func ready(_ call: Call) throws(Problem) -> Reply {
        guard status.word == .ready else { throw unready() }
        return .now(.probe)
    }

    /// As the Open Inference Protocol, version 2, has it.
    func aliveV2(_ call: Call) throws(Problem) -> Reply { .now(.json(["live": true])) }

    /// As the Open Inference Protocol, version 2, has it.
    func readyV2(_ call: Call) throws(Problem) -> Reply {
        guard status.word == .ready else { throw unready(extensions: ["ready": false]) }
        return .now(.json(["ready": true]))
    }

    private func unready(extensions: JSONObject = JSONObject()) -> Problem {
        // Who looks after the service reads here what is wrong with the store, and what to do.
        let trouble = [.storeFull, .storeUnavailable].contains(status.word) ? status.storeTrouble : nil
        let detail = "The service is \(status.word.rawValue)" + (trouble.map { ": \($0)" } ?? "")
        return Problem(.unavailable, detail, fields: [.retryAfter: "1"], extensions: extensions)
    }

    private var document: JSONObject {
        let counts = status.counts
        return [
            "status": .string(status.word.rawValue),
            "version": .string(Service.version),
            "uptime_seconds": .measured(status.uptimeSeconds),
            "models": .array(status.models.map { .string($0) }),
            "queue": [
                "queued": .integer(counts?[.queued] ?? 0), "running": .integer(counts?[.running] ?? 0),
                "limit": .integer(queueLimit),
            ],
            "workers": .integer(workers),
        ]
    }
}

extension Response {
    fileprivate static var probe: Response {
        Response(
            status: .ok, fields: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
            body: Array("ok\n".utf8))
    }
}
