import TestSupport
import Testing

@testable import Jobs

/// What is told of jobs' ends, against how the pool's own schedule goes on: by a clock that jumps, so that the machine's speed has
/// no part in it.
@Suite struct EstimateTests {
    /// Seconds of a row by its size: not in proportion to the pixels, as networks are.
    @Sendable private static func secondsPerRow(_ job: SimulatedJob) -> Double {
        let pixels = Double(job.units)
        return (0.002 + 5e-6 * pixels + 2e-10 * pixels * pixels) * (job.model == 0 ? 1 : 2.5)
    }

    /// The part of the jobs whose end was told within `tolerance` of what was left, a quarter and half through their lives.
    private func honest(_ loads: [[SimulatedJob]], workers: Int, within tolerance: Double) -> [Double] {
        let runs = loads.map { jobs in
            var pool = SimulatedPool(.init(workers: workers, maximumBatchRows: 8), secondsPerRow: Self.secondsPerRow)
            pool.run(jobs, samples: 60)
            return pool
        }
        return [0.25, 0.5].map { part in
            let told: [Bool] = runs.flatMap { pool in
                let told = Dictionary(grouping: pool.told, by: \.id)
                return pool.lives.compactMap { life -> Bool? in
                    let moment = life.start + part * (life.end - life.start)
                    // Whoever was there for an instant may have been told nothing.
                    guard let nearest = told[life.id]?.min(by: { abs($0.at - moment) < abs($1.at - moment) }) else { return nil }
                    let left = life.end - nearest.at
                    // Nothing is told better than to a batch or two.
                    return abs(nearest.seconds - left) <= max(tolerance * left, 0.5)
                }
            }
            return Double(told.count { $0 }) / Double(told.count)
        }
    }

    /// Thirty jobs of two models, three sizes, several counts and step numbers, half of them with guidance in an interval.
    private func mixture(seed: UInt64, arrivals: Bool = false, owners: Int = 1) -> [SimulatedJob] {
        var generator = SplitMix64(state: seed)
        return (0..<30).map { number in
            var job = SimulatedJob()
            job.model = Int.random(in: 0...1, using: &generator)
            job.units = [1_024, 4_096, 16_384][Int.random(in: 0..<3, using: &generator)]
            job.images = [1, 1, 2, 4, 8, 12][Int.random(in: 0..<6, using: &generator)]
            job.steps = [10, 20, 25, 50, 100][Int.random(in: 0..<5, using: &generator)]
            if Bool.random(using: &generator) { job.guided = job.steps / 5..<job.steps * 3 / 5 }
            job.owner = "owner\(Int.random(in: 0..<owners, using: &generator))"
            if arrivals { job.arrival = Double(number) * 1.5 }
            return job
        }
    }

    @Test(arguments: [1, 2]) func nineOfTenMixedJobsAreToldWithinFifteenPercent(workers: Int) {
        let shares = honest((1...4).map { mixture(seed: $0) }, workers: workers, within: 0.15)
        #expect(shares.allSatisfy { $0 >= 0.9 }, "\(shares)")
    }

    @Test(arguments: [1, 2]) func guidanceIntervalsAreToldWithinThirtyPercent(workers: Int) {
        let loads = (5...7).map { seed in
            mixture(seed: seed).map { job in
                var job = job
                job.guided = job.steps / 5..<job.steps * 3 / 5
                return job
            }
        }
        let shares = honest(loads, workers: workers, within: 0.3)
        #expect(shares.allSatisfy { $0 >= 0.9 }, "\(shares)")
    }

    /// Nobody knows who will come, nor how far the turns of several names have got: less is promised there.
    @Test(arguments: [1, 2]) func arrivalsAndSeveralNamesAreToldRoughly(workers: Int) {
        let arriving = honest((1...3).map { mixture(seed: $0, arrivals: true) }, workers: workers, within: 0.15)
        let names = honest((1...3).map { mixture(seed: $0, owners: 3) }, workers: workers, within: 0.3)
        #expect((arriving + names).allSatisfy { $0 >= 0.7 }, "\(arriving) \(names)")
    }

    private func work(_ count: Int, running: Bool, images: Int) -> [OutstandingWork] {
        var generator = SplitMix64(state: running ? 1 : 2)
        return (0..<count).map { number in
            let id = JobID(at: Timestamp(milliseconds: Int64(number)), using: &generator)
            var work = OutstandingWork(id: id, model: "0", isRunning: running, plannedCalls: Int64(images) * 100, unitsPerCall: 64)
            (work.images, work.stepsPerImage) = (images, 100)
            return work
        }
    }

    /// A forecast may not cost more than there is to tell: what is gone through has a bound, however many run.
    @Test func manyJobsAreNotGoneThroughOneByOne() throws {
        for jobs in [1, 8, 72, 128, 512, 100_000] {
            let images = JobEstimate.imagesOfJob(among: jobs)
            #expect(images >= 1 && images <= 64 && (images == 1 || images * jobs <= 512))
        }
        let rates = WorkRates()
        rates.note(PoolShape(.init(workers: 2, maximumBatchRows: 8)))
        rates.record(model: "0", nanoseconds: 1_000_000_000, calls: 10, unitsPerCall: 64)
        let running = work(5_000, running: true, images: 64), queued = work(5_000, running: false, images: 64)
        let estimate = try #require(
            JobEstimate(OutstandingQueue(running + queued, revision: nil), usages: running.map { _ in nil }, rates: rates))
        // 6,400 rows of 0.1 s; 2,500 jobs share a worker.
        let each = 640.0 * 2_500
        for job in [running[0], running[4_999]] { #expect(abs(try #require(estimate.secondsToEnd(of: job.id)) - each) < 1e-6 * each) }
        let last = try #require(estimate.secondsToEnd(of: queued[4_999].id))
        #expect(abs(last - 2 * each) < 1e-6 * each)
        #expect(abs(estimate.secondsToFreePlace - each) < 1e-6 * each)
    }
}
