import Diffusion
import Dispatch
import Foundation
import Imaging
import Jobs
import Locking
import Logging

/// Says every few seconds that this process is there and what it can make, and knows who else is.
final class WorkerRoster: Sendable {
    private let board: JobBoard
    private let status: ServiceStatus
    private let queue = DispatchQueue(label: "phantom.roster")
    private let own: Lock<WorkerRecord>
    private let recurrence = Recurrence()

    /// The version of the arithmetic of this program, as jobs carry it.
    static let arithmetic = String(Recipe.currentArithmetic)

    init(board: JobBoard, status: ServiceStatus, role: Configuration.Role, models: [ServedModel], cores: Int) {
        var generator = SystemRandomNumberGenerator()
        let id = JobID(at: .now, using: &generator).description
        let name = "\(ProcessInfo.processInfo.hostName):\(ProcessInfo.processInfo.processIdentifier)"
        var record = WorkerRecord(
            id: id, name: name, role: role.rawValue,
            program: .init(version: Service.version, arithmetic: Self.arithmetic), cores: cores)
        record.models = models.map { .init($0.reference) }
        (record.startedAt, record.seenAt) = (.now, .now)
        (self.board, self.status) = (board, status)
        own = Lock(record)
    }

    /// Announces this process before it takes a job. Where nobody shares the queue, nobody is to be told or looked for.
    func start() {
        announce()
        guard isShared else { return }
        recurrence.every(5, on: queue) { [weak self] in self?.announce() }
        // Who answers nobody needs to know no more often than he announces himself.
        if own.withLock({ $0.role }) != Configuration.Role.worker.rawValue {
            recurrence.every(1, on: queue) { [weak self] in self?.look() }
        }
    }

    /// Says that this process takes no more jobs.
    func stop() {
        recurrence.stop()
        own.withLock { $0.isDraining = true }
        let said = DispatchSemaphore(value: 0)
        queue.async {
            self.announce()
            said.signal()
        }
        // Not for longer: who is silent is taken for gone as well.
        _ = said.wait(timeout: .now() + .milliseconds(300))
    }

    /// A store that does not answer now may be shared.
    private var isShared: Bool { do { return try board.workers() != nil } catch { return true } }

    /// This process as it is now.
    private var present: WorkerRecord {
        own.withLock { own in
            own.activeJobs = board.activeCount
            own.seenAt = .now
            for index in own.models.indices {
                let milliseconds = board.rates.millisecondsPerCall(model: own.models[index].reference.name)
                own.models[index].nanosecondsPerCall = milliseconds.map { $0 * 1e6 }
            }
            return own
        }
    }

    private func announce() {
        // A store that does not answer is told of by others.
        try? board.announce(present)
        look()
    }

    private func look() {
        guard let workers = try? board.workers() else { return }
        status.note(workers: workers)
        board.note(workers)
    }

    /// All processes of the queue; this one alone where it shares it with nobody.
    /// - Throws: `storeUnavailable`.
    func all() throws(JobStoreError) -> [WorkerRecord] { try board.workers() ?? [present] }
}

extension ServedModel {
    /// By what jobs name it.
    var reference: ModelReference {
        ModelReference(name: facts.name, weightsSHA256: facts.generation.weightsSHA256.hexadecimal)
    }
}
