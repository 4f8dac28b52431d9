import Imaging
import Jobs
import JobsSQLite
import Testing

@testable import Service

/// Who is there to compute.
@Suite struct WorkerRosterTests {
    @Test func whoSharesTheQueueWithNobodyIsToldOfAsItIsNow() throws {
        let checkpoint = try SmallCheckpoint()
        let model = try ServedModel.load(path: checkpoint.path, name: "a")
        let board = try JobBoard(store: SQLiteJobStore(inMemory: .init()))
        let roster = WorkerRoster(board: board, status: ServiceStatus(), role: .all, models: [model], cores: 3)
        roster.start()
        let first = try #require(try roster.all().first)
        #expect(first.models.map(\.reference.name) == ["a"] && first.models[0].nanosecondsPerCall == nil && first.cores == 3)
        board.rates.record(model: "a", nanoseconds: 2_000_000, calls: 1, unitsPerCall: 1)
        #expect(try roster.all()[0].models[0].nanosecondsPerCall == 2e6)
        roster.stop()
        let last = try roster.all()
        #expect(last.map(\.id) == [first.id] && last[0].isDraining)
    }
}
