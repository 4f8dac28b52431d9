import HTTP
import HTTPTypes
import JSON
import Jobs

/// Probes. They read memory only, and answer while every core computes and while the disk hangs.
struct HealthRoutes: Sendable {
    let status: ServiceStatus
    let queueLimit: Int
    let workers: Int

    var table: [Route] {
        [
            Route(.get, "/health", access: .open, lane: .immediate) { _ throws(Problem) in
                guard status.word == .ready else { throw unready(extensions: ["health": .object(summary)]) }
                return .now(.json(summary))
            },
            Route(.get, "/livez", access: .open, lane: .immediate) { _ in .now(.probe) },
            Route(.get, "/readyz", access: .open, lane: .immediate) { _ throws(Problem) in
                guard status.word == .ready else { throw unready() }
                return .now(.probe)
            },
            Route(.get, "/v2/health/live", access: .open, lane: .immediate) { _ in .now(.json(["live": true])) },
            Route(.get, "/v2/health/ready", access: .open, lane: .immediate) { _ throws(Problem) in
                guard status.word == .ready else { throw unready(extensions: ["ready": false]) }
                return .now(.json(["ready": true]))
            },
        ]
    }

    private func unready(extensions: JSONObject = JSONObject()) -> Problem {
        Problem(
            .unavailable, "The service is \(status.word.rawValue)", fields: [.retryAfter: "1"], extensions: extensions)
    }

    private var summary: JSONObject {
        let counts = status.counts
        return [
            "status": .string(status.word.rawValue),
            "version": .string(Service.version),
            "uptime_seconds": .double((status.uptimeSeconds * 1000).rounded() / 1000),
            "models": .array(status.models.map { .string($0) }),
            "queue": [
                "queued": .integer(counts?[.queued] ?? 0), "running": .integer(counts?[.running] ?? 0), "limit": .integer(queueLimit),
            ],
            "workers": .integer(workers),
        ]
    }
}

extension Response {
    fileprivate static var probe: Response {
        Response(status: .ok, fields: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"], body: Array("ok\n".utf8))
    }
}
