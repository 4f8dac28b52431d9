/// What decides how jobs share the worker pools of all processes on a queue.
struct PoolShape: Hashable, Sendable {
    /// Computing threads of one process.
    var workers = 1
    /// Rows that one of them evaluates together at most.
    var rows = 1
    /// Jobs that one process runs by turns, and jobs of large steps beside them.
    var places = 1, largePlaces = 1
    /// Processes that compute.
    var processes = 1

    /// Computing threads in all.
    var allWorkers: Int { Self.product(workers, processes) }
    var allPlaces: Int { Self.product(places, processes) }
    var allLargePlaces: Int { Self.product(largePlaces, processes) }

    private static func product(_ left: Int, _ right: Int) -> Int {
        let (product, overflow) = max(1, left).multipliedReportingOverflow(by: max(1, right))
        return overflow ? .max : product
    }
}

extension PoolShape {
    init(_ configuration: WorkerPoolConfiguration) {
        (workers, rows) = (max(1, configuration.workers), max(1, configuration.maximumBatchRows))
        (places, largePlaces) = (configuration.activeJobs, configuration.activeLargeJobs)
    }
}
