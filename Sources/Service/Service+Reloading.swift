import Imaging
import Logging

extension Service {
    /// - Parameter references: the models as they are configured at any later time; throws what makes that unreadable.
    public func readModels(_ references: @escaping @Sendable () throws -> [Configuration.ModelReference]) {
        modelReferences.withLock { $0 = references }
    }

    /// Loads models that are new or have changed and drops those that are gone, without losing a job. What becomes of
    /// each is in the log. While the service starts, this waits for the end of the start: it has read the configuration
    /// already, and may have loaded what has changed since.
    public func reload() {
        guard isAlone else {
            logger.error("models are not loaded anew: the queue is shared; start one process after the other again")
            return
        }
        let isPossible = reloading.withLock { reloading in
            reloading.isDue = !reloading.isPossible
            return reloading.isPossible
        }
        guard isPossible else {
            logger.notice("models are loaded anew when those of the start are there")
            return
        }
        running.withLock { $0?.reloader }?.reload { _ in }
    }

    func reloader(_ shelf: ModelShelf, _ loader: ModelLoader, _ table: RouteTable) -> ModelReloader {
        let probes = router.routes
        let (router, metrics, status, models) = (router, metrics, status, configuration.models)
        return ModelReloader(
            shelf: shelf, loader: loader, board: board,
            references: { [weak self] in try self?.modelReferences.withLock { $0 }?() ?? models },
            install: { versions, validator in
                for version in versions { metrics.prepare(model: version.name, kinds: JobRoutes.kinds) }
                var table = table
                table.validator = validator
                router.replace(probes + table.routes)
                status.begin(models: versions.map(\.name))
            })
    }
}
