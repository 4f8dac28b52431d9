import Dispatch
import class Foundation.Thread
import Locking
import Logging

/// Runs the jobs of a board: steps the trajectories of several jobs in common batches on its own threads.
///
/// `workers` threads compute and nothing else. One more computes only while all of these are busy with large steps, and
/// then for the other jobs alone, so that nobody waits for a step of many seconds. Two more wait for the store: the
/// clerk, who takes jobs, saves their progress every few seconds and writes down how they ended, for as long as it
/// takes; and the keeper of their leases, who does not wait for the clerk. Each sleeps until it is woken.
public final class WorkerPool<Engine: TrajectoryEngine>: Sendable {
    let board: JobBoard
    let engine: Engine
    let configuration: WorkerPoolConfiguration
    let logger: Logger
    let state: Lock<PoolState<Engine>>
    let clerkSignal = WakeSignal()
    let leaseSignal = WakeSignal()
    /// The present moment by the clock that the pool was given.
    var now: ContinuousClock.Instant { configuration.clock() }
    private let workers: Int
    /// The last is the one's that serves small jobs beside large ones.
    private let workerSignals: [WakeSignal]
    private let workersAlive = DispatchGroup()
    /// Clerk and keeper of leases.
    private let writersAlive = DispatchGroup()

    public init(board: JobBoard, engine: Engine, configuration: WorkerPoolConfiguration, logger: Logger) {
        self.board = board
        self.engine = engine
        self.configuration = configuration
        self.logger = logger
        workers = max(1, configuration.workers)
        workerSignals = (0...workers).map { _ in WakeSignal() }
        state = Lock(PoolState(schedule: PoolSchedule(workers: workers, maximumRows: configuration.maximumBatchRows)))
        board.note(configuration)
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
        if let failure = startWorkers() {
            stopWorkers()
            workersAlive.wait()
            throw failure
        }
        // Before the clerk looks for jobs: none may arrive unheard in between.
        board.attach(hook)
        startWriters()
    }

    private func startWriters() {
        for _ in 0..<2 { writersAlive.enter() }
        launch("clerk") { [self] in
            var clerk = Clerk(pool: self)
            clerk.run()
            leaseSignal.wake()
            writersAlive.leave()
        }
        launch("leases") { [self] in
            var keeper = LeaseKeeper(pool: self)
            keeper.run()
            writersAlive.leave()
        }
    }

    /// Returns when each worker has what it computes with, or has none: then with the first error.
    private func startWorkers() -> (any Error)? {
        let failures = Lock<[any Error]>([])
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
        return failures.withLock { $0.first }
    }

    private var hook: JobBoard.PoolHook {
        JobBoard.PoolHook(
            jobArrived: { [self] in
                state.withLock { $0.wantsLease = true }
                clerkSignal.wake()
                // The machine may have slept, which a waiting thread does not notice.
                leaseSignal.wake()
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

    /// Stops gracefully: workers end after their present step, results are written, progress is saved, running jobs
    /// return to the queue. A large step is left at once, another that does not end within `stepGrace` then, and its
    /// job returns to the queue as it was before the step. May be called by several threads; all wait.
    /// - Parameter deadline: by the pool's clock.
    /// - Returns: whether everything was written in time. What was not is recovered at the next start, as after a
    ///   crash.
    @discardableResult
    public func shutdown(deadline: ContinuousClock.Instant) -> Bool {
        stopWorkers()
        // Of many seconds, so that waiting for it would seldom save it.
        state.withLock { $0.leaveSteps(onlyLarge: true) }
        let left = now.duration(to: deadline), grace = min(configuration.stepGrace, left / 2)
        if !areWorkersGone(within: grace) {
            state.withLock { $0.leaveSteps() }
            // A fifth of the time is kept for writing.
            _ = areWorkersGone(within: left * 4 / 5 - grace)
        }
        state.withLock { $0.concludeBy = deadline }
        clerkSignal.wake()
        let rest = now.duration(to: deadline) + configuration.writeGrace
        _ = writersAlive.wait(timeout: .now() + .nanoseconds(max(0, rest.clampedNanoseconds)))
        board.attach(nil)
        return state.withLock { $0.phase == .concluded(isComplete: true) }
    }

    private func areWorkersGone(within duration: Duration) -> Bool {
        workersAlive.wait(timeout: .now() + .nanoseconds(max(0, duration.clampedNanoseconds))) == .success
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
    /// - Parameter rest: called once if the worker has nothing to do for `restAfter`.
    func nextBatch(_ worker: Int, rest: (_ isLast: Bool) -> Void) -> PoolState<Engine>.Batch? {
        var restTime: ContinuousClock.Instant? = now + configuration.restAfter
        while true {
            let (isRunning, isIdle, step, isFirst) = state.withLock { state in
                let isRunning = state.phase == .running
                let step = isRunning ? state.nextBatch(for: worker, others: worker == workers ? workers : nil) : nil
                // A job whose end is only to be written yet needs nothing of a worker any more.
                let isIdle = state.schedule.jobs.values.allSatisfy(\.isEnding)
                return (isRunning, isIdle, step, !state.beginnings.isEmpty)
            }
            guard isRunning else { return nil }
            if isFirst { clerkSignal.wake() }
            if let step {
                // The small ones among what waits are another's now.
                if step.isLarge { workerSignals[workers].wake() }
                return step.batch
            }
            if let time = restTime, time <= now {
                restTime = nil
                rest(isIdle)
            }
            workerSignals[worker].wait(atMost: restTime.map { now.duration(to: $0) })
        }
    }
}
