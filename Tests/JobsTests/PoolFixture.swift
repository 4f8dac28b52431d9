import Dispatch
import Foundation
import Jobs
import JobsFakeEngine
import TestSupport
import Testing

/// A board and a pool over the fake engine. Stops its threads when told to; every test must.
struct PoolFixture {
    let store: any JobStore
    let board: JobBoard
    let engine: FakeEngine
    let pool: WorkerPool<FakeEngine>

    init(
        _ store: some JobStore, engine: FakeEngine = FakeEngine(),
        configuration: WorkerPoolConfiguration = WorkerPoolConfiguration(workers: 2, maximumBatchRows: 4)
    ) throws {
        self.store = store
        // What is asked here is asked of the present.
        var settings = JobBoard.Configuration()
        settings.estimateLifetime = .zero
        board = try JobBoard(store: store, configuration: settings)
        self.engine = engine
        var configuration = configuration
        // However long a write takes on a busy machine: it is waited for, and no pause follows from it.
        (configuration.writeGrace, configuration.savingShare) = (Patience.duration, 1)
        pool = WorkerPool(board: board, engine: engine, configuration: configuration, logger: silent)
    }

    func submit(_ request: FakeRequest) throws -> JobID {
        try board.submit(request.newJob()).job.id
    }

    /// Waits, without polling, until the job satisfies the condition; fails the test when its patience is over.
    @discardableResult
    func wait(for id: JobID, until condition: (Job) -> Bool = { $0.status.isTerminal }) throws -> Job {
        let deadline = Patience.deadline
        while true {
            let job = try board.job(id)
            if condition(job) { return job }
            let changed = DispatchSemaphore(value: 0)
            _ = try board.subscribe(to: id, after: job.version) { changed.signal() }
            try #require(changed.wait(timeout: deadline) == .success, "\(id) stays \(job.status) \(job.progress)")
        }
    }

    /// Waits until the store answers as asked: for what nobody is told about.
    func eventually(_ condition: () throws -> Bool) throws {
        try #require(try TestSupport.eventually(condition))
    }

    @discardableResult
    func stop(within duration: Duration = Patience.duration) -> Bool {
        pool.shutdown(deadline: .now + duration)
    }

    /// Stops while workers are held at the engine's gate: half a second later their steps are abandoned. The gate is opened
    /// afterwards, so that the threads end.
    func abandon() -> Bool {
        let isComplete = pool.shutdown(deadline: .now + .milliseconds(500))
        engine.open(10)
        return isComplete
    }

    /// Checks that the job has succeeded with the very images that a plain loop makes.
    func expectImages(of id: JobID, _ request: FakeRequest) throws {
        let job = try board.job(id)
        #expect(job.status == .succeeded)
        #expect(job.images.map(\.seed) == (0..<request.images).map { String(request.seed &+ UInt64($0)) })
        #expect(job.progress == JobProgress(step: request.steps, steps: request.steps, imagesDone: request.images, images: request.images))
        #expect(job.timing.networkCalls == Int64(request.images * request.callsPerImage))
        for index in 0..<request.images {
            #expect(try board.image(index, of: id).bytes == request.expectedImage(index))
        }
    }
}
