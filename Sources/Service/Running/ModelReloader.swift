import Dispatch
import Imaging
import Jobs
import Locking
import Logging

/// Puts models in the place of others while jobs run. One reload at a time, on a queue of its own.
final class ModelReloader: Sendable {
    let shelf: ModelShelf
    private let loader: ModelLoader
    private let board: JobBoard
    private let logger: Logger
    private let queue = DispatchQueue(label: "phantom.reload", qos: .utility)
    /// The models as the configuration lists them now.
    private let references: @Sendable () throws -> [Configuration.ModelReference]
    /// Lets requests be checked against what is there now.
    private let install: @Sendable ([ModelShelf.Version], GenerationValidator) -> Void
    private let isReleasing = Lock(false)

    init(
        shelf: ModelShelf, loader: ModelLoader, board: JobBoard,
        references: @escaping @Sendable () throws -> [Configuration.ModelReference],
        install: @escaping @Sendable ([ModelShelf.Version], GenerationValidator) -> Void
    ) {
        (self.shelf, self.loader, self.board) = (shelf, loader, board)
        (self.references, self.install, logger) = (references, install, loader.logger)
    }

    /// Calls `completion` when it is done, with what became of each model.
    func reload(_ completion: @escaping @Sendable (Result<ModelReload, Problem>) -> Void) {
        queue.async { [self] in
            do throws(Problem) {
                completion(.success(try reloaded()))
            } catch {
                logger.error("models are not loaded anew", metadata: ["error": "\(error)"])
                completion(.failure(error))
            }
        }
    }

    private func reloaded() throws(Problem) -> ModelReload {
        let listed: [Configuration.ModelReference]
        do {
            listed = try references()
        } catch {
            throw Problem(.reloadRefused, "The models stay as they are: \(error)")
        }
        let result = ModelReload(
            listed, current: shelf.current, load: { try loader.load($0) }, fingerprint: ModelLoader.fingerprint)
        guard !result.versions.isEmpty || listed.isEmpty || shelf.current.isEmpty else {
            let reasons = result.entries.compactMap(\.detail).joined(separator: "; ")
            throw Problem(
                .reloadRefused,
                "The models stay as they are, since none of those listed can be loaded: \(reasons)")
        }
        put(result)
        return result
    }

    private func put(_ result: ModelReload) {
        for entry in result.entries {
            logger.notice(
                "model reloaded",
                metadata: [
                    "model": "\(entry.name)", "outcome": "\(entry.outcome.rawValue)",
                    "weights_sha256": "\(entry.weightsSHA256 ?? "-")", "detail": "\(entry.detail ?? "-")",
                ])
        }
        // Those that go on for the jobs that were accepted for them take memory, too.
        let known = Set(result.versions.map { ObjectIdentifier($0.model) })
        let leaving = shelf.all.filter { !known.contains(ObjectIdentifier($0.model)) }
        let budget = loader.budget(result.versions + leaving)
        loader.log(budget, result.versions)
        // First what runs jobs, then what accepts them.
        shelf.replace(result.versions, settings: loader.settings(budget))
        install(result.versions, loader.validator(result.versions, memory: budget.perWorker))
        if !leaving.isEmpty { release() }
    }

    /// Looks every few seconds whether a model of earlier times is still needed, until none is left.
    private func release() {
        let isFirst = isReleasing.withLock { isReleasing in
            defer { isReleasing = true }
            return !isReleasing
        }
        if isFirst { look() }
    }

    private func look() {
        queue.asyncAfter(deadline: .now() + .seconds(5)) { [weak self] in
            guard let self else { return }
            if shelf.release(isNeeded: isNeeded) {
                let budget = loader.budget(shelf.all)
                shelf.replace(shelf.current, settings: loader.settings(budget))
                install(shelf.current, loader.validator(shelf.current, memory: budget.perWorker))
                Platform.giveBackFreeMemory()
            }
            if shelf.all.count > shelf.current.count { look() } else { isReleasing.withLock { $0 = false } }
        }
    }

    /// Whether a job that has not ended names the model; a store that does not answer may have one.
    private func isNeeded(_ reference: Jobs.ModelReference) -> Bool {
        for status in JobStatus.allCases where !status.isTerminal {
            var cursor: String?
            repeat {
                let query = JobQuery(status: status, model: reference.name, limit: 1_000, cursor: cursor)
                guard let page = try? board.jobs(query) else { return true }
                if page.jobs.contains(where: { $0.model == reference }) { return true }
                cursor = page.nextCursor
            } while cursor != nil
        }
        return false
    }
}
