import Imaging
import Jobs
import Locking

/// Whether jobs are accepted, and why not: one word, kept in memory so that probes never wait for a disk.
package final class ServiceStatus: Sendable {
    enum Word: String, Sendable {
        case starting = "STARTING"
        case ready = "READY"
        case draining = "DRAINING"
        /// The store has no room: accepted jobs wait, and new ones are refused.
        case storeFull = "STORE_FULL"
        /// The store cannot be read or written for another reason.
        case storeUnavailable = "STORE_UNAVAILABLE"
    }

    private struct State {
        /// Nil until they are loaded.
        var models: [String]?
        var isDraining = false
        var storeTrouble: JobStoreError?
        var counts: JobCounts?
        var workers: [WorkerRecord]?
    }

    private let state = Lock(State())
    private let started = Platform.monotonicNanoseconds()

    package init() {}

    var word: Word {
        state.withLock { state in
            if state.isDraining { return .draining }
            if state.models == nil { return .starting }
            return switch state.storeTrouble {
            case nil: .ready
            case .storeFull: .storeFull
            default: .storeUnavailable
            }
        }
    }

    /// Names of the models that are loaded by now.
    var models: [String] { state.withLock { $0.models ?? [] } }
    var isDraining: Bool { state.withLock { $0.isDraining } }
    /// As of the last second; nil before the store was first asked.
    var counts: JobCounts? { state.withLock { $0.counts } }
    /// The processes of a queue that several share, as of the last second; nil where this one has it alone.
    var workers: [WorkerRecord]? { state.withLock { $0.workers } }
    var storeTrouble: JobStoreError? { state.withLock { $0.storeTrouble } }
    var uptimeSeconds: Double { Double(Platform.monotonicNanoseconds() - started) / 1e9 }

    /// Jobs are accepted from now on.
    package func begin(models: [String]) { state.withLock { $0.models = models } }
    package func drain() { state.withLock { $0.isDraining = true } }

    /// - Parameter storeTrouble: nil: the store works.
    package func note(storeTrouble: JobStoreError?) { state.withLock { $0.storeTrouble = storeTrouble } }

    func note(workers: [WorkerRecord]) { state.withLock { $0.workers = workers } }
    func note(counts: JobCounts) { state.withLock { $0.counts = counts } }

    /// - Throws: 503 while starting or draining (RFC 9110 section 15.6.4).
    func requireAccepting() throws(Problem) {
        switch word {
        // A store that does not work says so itself when it is asked to write, with 507 or 503.
        case .ready, .storeFull, .storeUnavailable: return
        case .starting: throw Problem(.unavailable, "The service is starting.", fields: [.retryAfter: "1"])
        case .draining: throw Problem(.unavailable, "The service is stopping.", fields: [.retryAfter: "10"])
        }
    }
}
