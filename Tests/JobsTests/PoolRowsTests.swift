import Jobs
import JobsFakeEngine
import JobsSQLite
import Testing

/// Steps of one image need not take the same number of rows: what is divided by rows follows each step's own.
@Suite struct PoolRowsTests {
    /// The jobs' milliseconds of computing after each of the steps.
    private func times(_ requests: [FakeRequest], steps: Int) throws -> (times: [[Double]], board: JobBoard) {
        let engine = FakeEngine(delay: .milliseconds(2), gated: true)
        let fixture = try PoolFixture(
            SQLiteJobStore(inMemory: .init()), engine: engine,
            configuration: WorkerPoolConfiguration(workers: 1, maximumBatchRows: 8))
        let ids = try requests.map(fixture.submit)
        try fixture.pool.start()
        let times = try (1...steps).map { step in
            engine.open(1)
            return try ids.map { try fixture.wait(for: $0) { $0.progress.step == step }.timing.computeMilliseconds }
        }
        #expect(fixture.abandon())
        return (times, fixture.board)
    }

    @Test func aBatchsTimeIsDividedByTheRowsOfThisStep() throws {
        let (times, _) = try times(
            [FakeRequest(seed: 10, steps: 9, rows: 3), FakeRequest(seed: 50, steps: 9)], steps: 4)
        var before = [0.0, 0.0]
        for (step, after) in times.enumerated() {
            let shares = zip(after, before).map { $0 - $1 }
            let expected = step % 3 == 1 ? 1.0 : 3.0
            #expect(abs(shares[0] / shares[1] - expected) < 1e-6, "step \(step)")
            before = after
        }
    }

    @Test func speedIsMeasuredByRowsEvaluated() throws {
        // Two steps of four rows and one of one: the average begins with the first and takes in a tenth of each later
        // one.
        let (times, board) = try times([FakeRequest(seed: 10, steps: 9, rows: 4)], steps: 3)
        let steps = [times[0][0], times[1][0] - times[0][0], times[2][0] - times[1][0]]
        let first = steps[0] / 4
        let second = first + (steps[1] / 1 - first) / 10
        let third = second + (steps[2] / 4 - second) / 10
        let measured = try #require(board.rates.millisecondsPerCall(model: "model0"))
        #expect(abs(measured - third) < 1e-4)
    }
}
