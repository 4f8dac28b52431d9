// What a worker's thread does.
extension WorkerPool {
    typealias Entry = PoolSchedule<Engine>.Entry

    /// What became of one image in a batch.
    private enum StepResult {
        case advanced(Engine.Trajectory, step: Int, calls: Int)
        case finished(ImageOutput, calls: Int)
        case failed(problem: [UInt8])
    }

    func run(_ worker: inout Engine.Worker, _ index: Int) {
        while let batch = nextBatch(index) {
            let start = ContinuousClock.now
            let results = step(batch, on: &worker)
            checkIn(batch, results, elapsed: Int64(start.duration(to: .now).clampedNanoseconds))
        }
    }

    private func step(_ batch: [Entry], on worker: inout Engine.Worker) -> [StepResult] {
        var results: [StepResult?] = Array(repeating: nil, count: batch.count)
        var places: [Int] = []
        var trajectories: [Engine.Trajectory] = []
        for (place, entry) in batch.enumerated() {
            do {
                let trajectory = try entry.trajectory ?? engine.begin(entry.plan, image: entry.image, saved: entry.saved)
                if engine.isFinished(trajectory) {
                    results[place] = finish(trajectory, entry, calls: 0)
                } else {
                    places.append(place)
                    trajectories.append(trajectory)
                }
            } catch {
                results[place] = failure(error, entry)
            }
        }
        for (place, outcome) in zip(places, evaluate(trajectories, on: &worker)) {
            switch outcome {
            case .failure(let error): results[place] = failure(error, batch[place])
            case .success(let trajectory):
                let calls = batch[place].rows
                results[place] =
                    engine.isFinished(trajectory)
                    ? finish(trajectory, batch[place], calls: calls) : .advanced(trajectory, step: engine.step(of: trajectory), calls: calls)
            }
        }
        return results.map { $0! }  // Every place is either among `places` or was filled in the first loop.
    }

    /// One step of all together; if that fails, of each alone, so that an error hits nobody but its cause.
    private func evaluate(_ trajectories: [Engine.Trajectory], on worker: inout Engine.Worker) -> [Result<Engine.Trajectory, any Error>] {
        guard !trajectories.isEmpty else { return [] }
        do {
            return try evaluateTogether(trajectories, on: &worker).map { .success($0) }
        } catch {
            guard trajectories.count > 1 else { return [.failure(error)] }
            return trajectories.map { trajectory in
                do { return .success(try evaluateTogether([trajectory], on: &worker)[0]) } catch { return .failure(error) }
            }
        }
    }

    private func evaluateTogether(_ trajectories: [Engine.Trajectory], on worker: inout Engine.Worker) throws -> [Engine.Trajectory] {
        var stepped = trajectories
        try engine.step(&stepped, on: &worker)
        guard stepped.count == trajectories.count else {
            throw WorkerPoolError.batchSizeChanged(expected: trajectories.count, got: stepped.count)
        }
        return stepped
    }

    private func finish(_ trajectory: Engine.Trajectory, _ entry: Entry, calls: Int) -> StepResult {
        do {
            return .finished(try engine.finish(trajectory, plan: entry.plan, image: entry.image), calls: calls)
        } catch {
            return failure(error, entry)
        }
    }

    private func failure(_ error: any Error, _ entry: Entry) -> StepResult {
        logger.error("a job failed", metadata: ["job": "\(entry.lease.job.id)", "image": "\(entry.image)", "error": "\(error)"])
        return .failed(problem: engine.problem(for: error, job: entry.lease.job))
    }

    /// Puts the images back, divides the time by rows, and tells whom it concerns.
    private func checkIn(_ batch: [Entry], _ results: [StepResult], elapsed: Int64) {
        let rows = Int64(batch.reduce(0) { $0 + $1.rows })
        var published: [JobID: JobUsage] = [:]
        var clerkIsWanted = false
        state.withLock { state in
            for (entry, result) in zip(batch, results) {
                put(result, of: entry, share: elapsed / rows * Int64(entry.rows), into: &state)
            }
            for entry in batch where published[entry.lease.job.id] == nil {
                let usage = state.schedule.update(entry.lease) { job in
                    if !job.hasSaved, state.followsCrash || job.lease.fruitlessAttempts > 1 { state.wantsSave = true }
                    return job.usage
                }
                published[entry.lease.job.id] = usage
            }
            clerkIsWanted = state.wantsSave || !state.endings.isEmpty
        }
        let calls = zip(batch, results).reduce(0) { sum, pair in
            switch pair.1 {
            case .advanced(_, _, let calls), .finished(_, let calls): sum + calls
            case .failed: sum
            }
        }
        if let model = batch.first?.lease.job.model.name, calls == rows {
            board.rates.record(model: model, nanoseconds: elapsed, calls: calls)
        }
        for (id, usage) in published { board.publish(id, usage) }
        if clerkIsWanted { clerkSignal.wake() }
        wakeWorkers()
    }

    private func put(_ result: StepResult, of entry: Entry, share: Int64, into state: inout PoolState<Engine>) {
        switch result {
        case .advanced(let trajectory, let step, let calls):
            _ = state.schedule.update(entry.lease) { job in
                job.spend(share)
                job.advance(entry.image, to: trajectory, step: step, calls: calls)
            }
        case .finished(let output, let calls):
            let isLast = state.schedule.update(entry.lease) { job in
                job.spend(share)
                job.finish(entry.image, output, calls: calls)
                return job.areAllFinished
            }
            if isLast == true { state.end(entry.lease, .succeeded) }
        case .failed(let problem):
            _ = state.schedule.update(entry.lease) { job in job.spend(share) }
            state.end(entry.lease, .failed(problem: problem))
        }
    }
}
