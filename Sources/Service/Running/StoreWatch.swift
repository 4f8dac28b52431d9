import Dispatch
import Imaging
import Jobs
import Logging
import Synchronization

/// Keeps what probes say about the store true, without a probe ever asking the store: counts every second, and whether
/// it can be written every five, or every second while it cannot.
final class StoreWatch: Sendable {
    private let board: JobBoard
    private let status: ServiceStatus
    private let logger: Logger
    private let lanes: Lanes
    private let metrics: ServiceMetrics
    private let streams: StreamCensus?
    private let isStopped = Atomic(false)

    /// - Parameters:
    ///   - metrics: gets what is seen as well.
    ///   - streams: whose number is told there.
    init(
        board: JobBoard, status: ServiceStatus, lanes: Lanes, logger: Logger, metrics: ServiceMetrics,
        streams: StreamCensus?
    ) {
        (self.metrics, self.streams) = (metrics, streams)
        self.board = board
        self.status = status
        self.lanes = lanes
        self.logger = logger
    }

    func start() {
        every(1, on: lanes.reading) { $0.count() }
        every(1, on: lanes.writing) { watch in if watch.status.storeTrouble != nil { watch.probe() } }
        every(5, on: lanes.writing) { $0.probe() }
        measure()
        every(5, on: lanes.reading) { $0.measure() }
    }

    /// Nothing is looked at after this, once what runs now has ended.
    func stop() { isStopped.store(true, ordering: .relaxed) }

    private func every(_ seconds: Int, on queue: DispatchQueue, _ look: @escaping @Sendable (StoreWatch) -> Void) {
        queue.asyncAfter(deadline: .now() + .seconds(seconds)) { [weak self] in
            guard let self, !isStopped.load(ordering: .relaxed) else { return }
            look(self)
            every(seconds, on: queue, look)
        }
    }

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
        if let usage = ProcessUsage.present { metrics.note(usage) }
        if let count = Platform.openDescriptors { metrics.gauge("process_open_fds", [], Double(count)) }
        if let limit = Platform.descriptorLimit { metrics.gauge("process_max_fds", [], Double(limit)) }
        if let streams { metrics.gauge("phantom_event_streams", [], Double(streams.count)) }
        metrics.gauge("phantom_store_writable", [], status.storeTrouble == nil ? 1 : 0)
        guard let footprint = board.footprint() else { return }
        metrics.gauge("phantom_store_bytes", [("part", "database")], Double(footprint.database))
        metrics.gauge("phantom_store_bytes", [("part", "log")], Double(footprint.log))
        metrics.gauge("phantom_store_free_bytes", [], Double(footprint.free))
    }

    private func probe() {
        do throws(JobStoreError) {
            try board.checkWritable()
            if status.note(storeTrouble: nil) { logger.notice("the store can be written again") }
        } catch {
            if status.note(storeTrouble: error) {
                logger.error("the store cannot be written", metadata: ["error": "\(error)"])
            }
        }
    }
}
