import Jobs
import JobsFakeEngine
import TestSupport

@testable import Jobs

/// A job of a simulated load.
struct SimulatedJob {
    var model = 0
    var units = 64
    var images = 1
    var steps = 20
    /// Steps of an image in which it takes two rows, as with a guidance interval.
    var guided = 0..<0
    var isLarge = false
    var owner = ""
    /// Seconds from the beginning to its acceptance.
    var arrival = 0.0

    func rows(after step: Int) -> Int { guided.contains(step) ? 2 : 1 }
    var callsPerImage: Int { (0..<steps).reduce(0) { $0 + rows(after: $1) } }
}

/// An engine that never computes: only the pool's order of work is of interest.
struct SimulatedEngine: TrajectoryEngine {
    struct Plan: EnginePlan {
        let job: SimulatedJob
        var batchKey: Int { job.model * 1_000_000 + job.units }
        var rows: Int { job.guided.isEmpty ? 1 : 2 }
        var rowsTogether: Int { job.isLarge ? 1 : .max }
        var isLarge: Bool { job.isLarge }
    }

    struct Trajectory: EngineTrajectory {
        let job: SimulatedJob
        var step = 0
        var isFinished: Bool { step >= job.steps }
        var rowsOfNextStep: Int { job.rows(after: step) }
        func saved() -> [UInt8] { [] }
        func output() throws -> ImageOutput {
            ImageOutput(
                ImageTraits(seed: "0", format: .init(width: 1, height: 1, bitDepth: 8), sha256: "", mediaType: ""), bytes: [])
        }
    }

    func makeWorker(_ index: Int) {}
    func plan(_ lease: JobLease) throws -> Plan { throw FakeError.unreadable }
    func begin(_ plan: Plan, image: Int, saved: [UInt8]?) -> Trajectory { Trajectory(job: plan.job) }
    func step(_ batch: inout [Trajectory], on worker: inout Void, isWanted: @escaping @Sendable () -> Bool) {}
    func problem(for error: any Error, job: Job) -> [UInt8] { [] }
}

/// The pool's own schedule by a clock that jumps from one end of a batch to the next. It notes what the board would have
/// told of each job's end, and when that was.
struct SimulatedPool {
    /// What was told of a job, and how it went.
    struct Told {
        let id: JobID
        let at: Double
        let seconds: Double
    }

    private struct Record {
        let job: SimulatedJob
        let id: JobID
        var work: OutstandingWork
        var end: Double?
    }

    private typealias Schedule = PoolSchedule<SimulatedEngine>

    let configuration: WorkerPoolConfiguration
    /// Seconds of a row.
    let secondsPerRow: @Sendable (SimulatedJob) -> Double
    /// Each batch takes up to this part more or less.
    var noise = 0.1
    private(set) var told: [Told] = []
    private var records: [Record] = []
    private let rates = WorkRates()
    private var schedule: Schedule
    private var clock = 0.0
    private var busy: [(end: Double, start: Double, batch: [Schedule.Entry])?]
    private var generator = SplitMix64(state: 7)

    init(_ configuration: WorkerPoolConfiguration, secondsPerRow: @escaping @Sendable (SimulatedJob) -> Double) {
        (self.configuration, self.secondsPerRow) = (configuration, secondsPerRow)
        schedule = Schedule(workers: configuration.workers, maximumRows: configuration.maximumBatchRows)
        busy = Array(repeating: nil, count: configuration.workers)
        rates.note(PoolShape(configuration))
    }

    /// When each job ended, and how long it was there.
    var lives: [(id: JobID, start: Double, end: Double)] { records.map { ($0.id, $0.job.arrival, $0.end ?? .infinity) } }

    /// - Parameter samples: how often it is looked at what would be told, over the whole.
    mutating func run(_ jobs: [SimulatedJob], samples: Int) {
        records = jobs.enumerated().map { number, job in
            var generator = SplitMix64(state: UInt64(number) + 1)
            let id = JobID(at: Timestamp(milliseconds: Int64(number)), using: &generator)
            var work = OutstandingWork(
                id: id, model: "\(job.model)", isRunning: false, plannedCalls: Int64(job.images * job.callsPerImage),
                unitsPerCall: Int64(job.units))
            (work.owner, work.isLarge, work.images, work.stepsPerImage) = (job.owner, job.isLarge, job.images, Int64(job.steps))
            return Record(job: job, id: id, work: work)
        }
        let all = jobs.reduce(0) { $0 + Double($1.images * $1.callsPerImage) * secondsPerRow($1) }
        let pause = all / Double(configuration.workers * samples)
        for job in jobs { record(job, rows: 1, seconds: secondsPerRow(job)) }
        var nextLook = 0.0
        while records.contains(where: { $0.end == nil }) {
            admit()
            for worker in busy.indices where busy[worker] == nil { hand(to: worker) }
            if clock >= nextLook {
                look()
                nextLook = clock + pause
            }
            let arrival = records.map(\.job.arrival).filter { $0 > clock }.min() ?? .infinity
            let (next, worker) = busy.indices.map { (busy[$0]?.end ?? .infinity, $0) }.min { $0.0 < $1.0 } ?? (.infinity, 0)
            clock = min(next, arrival)
            if next <= arrival { checkIn(worker) }
        }
    }

    private mutating func admit() {
        let held = schedule.jobs
        let waiting = records.indices.filter {
            records[$0].end == nil && records[$0].job.arrival <= clock && held[records[$0].id] == nil
        }
        for index in waiting {
            let job = records[index].job
            let alike = schedule.jobs.values.filter { $0.isLarge == job.isLarge }
            let places = job.isLarge ? configuration.activeLargeJobs : configuration.activeJobs
            let isFirst = !job.isLarge && alike.count < 2 * places && !alike.contains { $0.lease.job.owner == job.owner }
            guard alike.count < places || isFirst else { continue }
            var stored = Job(
                id: records[index].id, kind: "generation", model: .init(name: "\(job.model)", weightsSHA256: ""), request: [],
                createdAt: Timestamp(milliseconds: 0))
            stored.owner = job.owner
            stored.progress = JobProgress(step: 0, steps: job.steps, imagesDone: 0, images: job.images)
            var lease = JobLease(token: "\(index)", expiresAt: Timestamp(milliseconds: 0), job: stored)
            lease.unitsPerCall = Int64(job.units)
            schedule.add(ActiveJob(lease: lease, plan: .init(job: job)))
        }
    }

    private mutating func hand(to worker: Int) {
        guard let batch = schedule.nextBatch() else { return }
        for entry in batch {
            for index in records.indices where records[index].id == entry.lease.job.id { records[index].work.isRunning = true }
        }
        let rows = batch.reduce(0) { $0 + ($1.trajectory ?? .init(job: $1.plan.job)).rowsOfNextStep }
        let factor = 1 + noise * Double.random(in: -1...1, using: &generator)
        busy[worker] = (clock + Double(rows) * secondsPerRow(batch[0].plan.job) * factor, clock, batch)
    }

    private mutating func checkIn(_ worker: Int) {
        guard let (end, start, batch) = busy[worker] else { return }
        busy[worker] = nil
        var rows = 0
        for entry in batch {
            var trajectory = entry.trajectory ?? .init(job: entry.plan.job)
            let calls = entry.calls + Int64(trajectory.rowsOfNextStep)
            rows += trajectory.rowsOfNextStep
            trajectory.step += 1
            let isOver = schedule.update(entry.lease) { job in
                if trajectory.isFinished {
                    try? job.finish(entry.image, trajectory.output(), calls: calls)
                } else {
                    job.advance(entry.image, to: trajectory, calls: calls)
                }
                return (job.areAllFinished, job.usage)
            }
            guard let (isOver, usage) = isOver, let index = records.firstIndex(where: { $0.id == entry.lease.job.id }) else { continue }
            (records[index].work.callsDone, records[index].work.stepsDone) = (usage.networkCalls, usage.imageSteps)
            records[index].work.imagesDone = usage.imagesDone
            if isOver {
                records[index].end = clock
                schedule.remove(entry.lease.job.id)
            }
        }
        record(batch[0].plan.job, rows: rows, seconds: end - start)
    }

    private func record(_ job: SimulatedJob, rows: Int, seconds: Double) {
        rates.record(
            model: "\(job.model)", nanoseconds: Int64(seconds * 1e9), calls: rows, unitsPerCall: Int64(job.units))
    }

    private mutating func look() {
        let open = records.filter { $0.end == nil && $0.job.arrival <= clock }
        let estimate = JobEstimate(OutstandingQueue(open.map(\.work), revision: nil), usages: open.filter(\.work.isRunning).map { _ in nil }, rates: rates)
        for record in open {
            if let seconds = estimate?.secondsToEnd(of: record.id) { told.append(.init(id: record.id, at: clock, seconds: seconds)) }
        }
    }
}
