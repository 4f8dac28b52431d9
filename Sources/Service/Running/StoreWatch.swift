import Dispatch
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
    private let isStopped = Atomic(false)

    init(board: JobBoard, status: ServiceStatus, lanes: Lanes, logger: Logger) {
        self.board = board
        self.status = status
        self.lanes = lanes
        self.logger = logger
    }

    func start() {
        every(1, on: lanes.reading) { $0.count() }
        every(1, on: lanes.writing) { watch in if watch.status.storeTrouble != nil { watch.probe() } }
        every(5, on: lanes.writing) { $0.probe() }
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
        if let counts = try? board.counts() { status.note(counts: counts) }
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
