import Imaging
import Jobs
import Locking
import Logging

/// Keeps what probes say about the store true, without a probe ever asking the store: counts every second, and whether
/// it can be written every five, or every second while it cannot.
final class StoreWatch: Sendable {
    private let board: JobBoard
    private let status: ServiceStatus
    private let logger: Logger
    private let lanes: Lanes
    private let metrics: ServiceMetrics
    private let recurrence = Recurrence()
    /// Whether the last that the log says of the store is that it does not work.
    private let isTold = Lock(false)

    /// - Parameter metrics: gets what is seen as well.
    init(board: JobBoard, status: ServiceStatus, lanes: Lanes, logger: Logger, metrics: ServiceMetrics) {
        (self.board, self.status, self.lanes, self.logger, self.metrics) = (board, status, lanes, logger, metrics)
    }

    /// - Parameter counting: seconds from one count of the jobs to the next.
    func start(counting: Int = 1) {
        recurrence.every(counting, on: lanes.reading) { [weak self] in self?.count() }
        recurrence.every(1, on: lanes.writing) { [weak self] in
            guard let self, status.storeTrouble != nil else { return }
            probe()
        }
        recurrence.every(5, on: lanes.writing) { [weak self] in self?.probe() }
        measure()
        recurrence.every(5, on: lanes.reading) { [weak self] in self?.measure() }
    }

    /// Nothing is looked at after this, once what runs now has ended.
    func stop() { recurrence.stop() }

    private func count() {
        guard let counts = try? board.counts() else { return }
        status.note(counts: counts)
        for status in JobStatus.allCases {
            metrics.gauge("phantom_jobs", [("status", status.rawValue)], Double(counts[status]))
        }
        guard let oldest = try? board.oldestWaiting() else { return noteAge(0) }
        noteAge(Timestamp.now.milliseconds - oldest.milliseconds)
    }

    private func noteAge(_ milliseconds: Int64) {
        metrics.gauge("phantom_queue_oldest_seconds", [], Double(max(0, milliseconds)) / 1_000)
    }

    /// What changes slowly, or takes a while to be found out.
    private func measure() {
        metrics.gauge("phantom_store_writable", [], status.storeTrouble == nil ? 1 : 0)
        guard let footprint = board.footprint() else { return }
        metrics.gauge("phantom_store_bytes", [("part", "database")], Double(footprint.database))
        metrics.gauge("phantom_store_bytes", [("part", "log")], Double(footprint.log))
        metrics.gauge("phantom_store_free_bytes", [], Double(footprint.free))
    }

    /// Tries to write. What requests have met meanwhile is told here as well: they tell their clients, and those
    /// not what it is.
    func probe() {
        if let trouble = status.storeTrouble { tell(trouble) }
        do throws(JobStoreError) {
            try board.checkWritable()
            status.note(storeTrouble: nil)
            tell(nil)
        } catch {
            status.note(storeTrouble: error)
            tell(error)
        }
    }

    private func tell(_ trouble: JobStoreError?) {
        let isNews = isTold.withLock { isTold in
            defer { isTold = trouble != nil }
            return isTold != (trouble != nil)
        }
        guard isNews else { return }
        if let trouble {
            logger.error("the store does not work", metadata: ["error": "\(trouble)"])
        } else {
            logger.notice("the store works again")
        }
    }
}
