import HTTP
import JSON

/// Loads the models anew, and calls back with what became of each.
typealias ReloadRequest = @Sendable (@escaping @Sendable (Result<ModelReload, Problem>) -> Void) -> Void

/// `POST /v1/models/reload`: models that are new or have changed are loaded, those that are gone are dropped, while
/// jobs run. Loading takes seconds, in which other requests are answered.
struct ReloadRoutes: Sendable {
    let status: ServiceStatus
    /// Nil where models cannot be loaded anew.
    let reload: ReloadRequest?

    func reload(_ call: Call) throws(Problem) -> Reply {
        try status.requireAccepting()
        try call.query(known: []).finish()
        guard let reload else {
            throw Problem(
                .reloadRefused,
                "Processes that share a queue load models when they start: start one after the other again.")
        }
        return .later { answering in
            reload { result in
                switch result {
                case .success(let reload): answering.respond(.json(reload.json))
                case .failure(let problem): answering.respond(problem)
                }
            }
        }
    }
}
