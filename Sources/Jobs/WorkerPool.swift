import Dispatch
import Logging
import Synchronization
import class Foundation.Thread

/// Runs the jobs of a board: steps the trajectories of several jobs in common batches on its own threads.
///
/// `workers` threads compute and nothing else. One more thread, the clerk, does everything that waits for the disk: it leases jobs,
/// saves their progress every few seconds, and writes down how they ended, for as long as it takes. Each sleeps until it is woken.
public final class WorkerPool<Engine: TrajectoryEngine>: Sendable {
    let board: JobBoard
    let engine: Engine
    let configuration: WorkerPoolConfiguration
    let logger: Logger
    let state: Mutex<PoolState<Engine>>
    let clerkSignal = WakeSignal()
    private let workerSignals: [WakeSignal]
    private let workersAlive = DispatchGroup()
    private let clerkAlive = DispatchGroup()

    public init(board: JobBoard, engine: Engine, configuration: WorkerPoolConfiguration, logger: Logger) {
        self.board = board
        self.engine = engine
        self.configuration = configuration
        self.logger = logger
        workerSignals = (0..<max(1, configuration.workers)).map { _ in WakeSignal() }
        state = Mutex(
            PoolState(
                schedule: PoolSchedule(workers: workerSignals.count, maximumRows: configuration.maximumBatchRows)))
    }

    /// Returns the jobs of dead processes to the queue, starts the threads and begins to lease. Call once.
    /// - Throws: what the store throws, or the engine's `makeWorker`; no thread runs then.
    public func start() throws {
        let recovered = try board.store.recover()
        if !recovered.isEmpty {
            logger.notice("jobs of an ended process return to the queue", metadata: ["count": "\(recovered.count)"])
        }
        state.withLock { state in
            state.phase = .running
            state.followsCrash = !recovered.isEmpty
        }
        let failures = Mutex<[any Error]>([])
        let ready = DispatchGroup()
        for index in workerSignals.indices {
            ready.enter()
            workersAlive.enter()
            launch("worker-\(index)") { [self] in
                defer { workersAlive.leave() }
                do {
                    var worker = try engine.makeWorker(index)
                    ready.leave()
                    run(&worker, index)
                } catch {
                    failures.withLock { $0.append(error) }
                    ready.leave()
                }
            }
        }
        ready.wait()
        if let failure = failures.withLock({ $0.first }) {
            stopWorkers()
            workersAlive.wait()
            throw failure
        }
        // Before the clerk looks for jobs: none may arrive unheard in between.
        board.attach(hook, workers: workerSignals.count)
        clerkAlive.enter()
        launch("clerk") { [self] in
            var clerk = Clerk(pool: self)
            clerk.run()
            clerkAlive.leave()
        }
    }

    private var hook: JobBoard.PoolHook {
        JobBoard.PoolHook(
            jobArrived: { [self] in
                state.withLock { $0.wantsLease = true }
                clerkSignal.wake()
            },
            jobCancelled: { [self] id in
                state.withLock { $0.cancel(id) }
                clerkSignal.wake()
            })
    }

    private func launch(_ name: String, _ body: @escaping @Sendable () -> Void) {
        let thread = Thread(block: body)
        thread.name = name
        thread.start()
    }

    // MARK: Stopping

    /// Stops gracefully: workers end after their present step, results are written, progress is saved, running jobs return to
    /// the queue. A step that outlasts the deadline is abandoned at its beginning. May be called by several threads; all wait.
    /// - Returns: whether everything was written in time. What was not is recovered at the next start, as after a crash.
    @discardableResult
    public func shutdown(deadline: ContinuousClock.Instant) -> Bool {
        stopWorkers()
        // A fifth of the time is kept for writing.
        let left = ContinuousClock.now.duration(to: deadline)
        _ = workersAlive.wait(timeout: .now() + .nanoseconds(max(0, (left * 4 / 5).clampedNanoseconds)))
        state.withLock { $0.concludeBy = deadline }
        clerkSignal.wake()
        let rest = ContinuousClock.now.duration(to: deadline) + .seconds(1)
        _ = clerkAlive.wait(timeout: .now() + .nanoseconds(max(0, rest.clampedNanoseconds)))
        board.attach(nil, workers: workerSignals.count)
        return state.withLock { $0.phase == .concluded(isComplete: true) }
    }

    private func stopWorkers() {
        state.withLock { state in
            if state.phase == .running { state.phase = .stopping }
            // Never started: nothing is there to stop.
            if state.phase == .new { state.phase = .concluded(isComplete: true) }
        }
        wakeWorkers()
    }

    // MARK: Between workers and clerk

    func wakeWorkers() {
        for signal in workerSignals { signal.wake() }
    }

    /// Blocks until there is work; nil when the pool stops.
    func nextBatch(_ worker: Int) -> [PoolSchedule<Engine>.Entry]? {
        while true {
            let (isRunning, batch) = state.withLock { state in
                state.phase == .running ? (true, state.schedule.nextBatch()) : (false, nil)
            }
            guard isRunning else { return nil }
            if let batch { return batch }
            workerSignals[worker].wait()
        }
    }
}
