// What a worker's thread does.
extension WorkerPool {
    typealias Entry = PoolSchedule<Engine>.Entry

    /// What became of one image in a batch.
    private struct StepResult {
        let outcome: StepOutcome
        /// Rows of the network's batch that its step took, by the trajectory itself; 0 when nothing was evaluated for
        /// it.
        var rows = 0

        /// The part of the batch's time that is this image's. Encoding an image takes time, too, when there was nothing
        /// to evaluate.
        var weight: Int64 { Int64(max(1, rows)) }
    }

    /// `calls` counts the network evaluations (rows) of the image from its beginning.
    private enum StepOutcome {
        case advanced(Engine.Trajectory, calls: Int64)
        case finished(ImageOutput, calls: Int64)
        case failed(problem: [UInt8])
        /// Nobody wanted it any more: the image is as it was.
        case left
    }

    func run(_ worker: inout Engine.Worker, _ index: Int) {
        while let batch = nextBatch(index, rest: { engine.rest(&worker, isLast: $0) }) {
            let start = now
            let results = step(batch.entries, batch.interest, on: &worker)
            checkIn(index, batch.entries, results, elapsed: Int64(start.duration(to: now).clampedNanoseconds))
        }
    }

    private func step(_ batch: [Entry], _ interest: StepInterest, on worker: inout Engine.Worker) -> [StepResult] {
        var results: [StepResult?] = Array(repeating: nil, count: batch.count)
        var stepping: [(place: Int, calls: Int64, rows: Int)] = []
        var trajectories: [Engine.Trajectory] = []
        for (place, entry) in batch.enumerated() {
            do {
                let (trajectory, calls) = try begun(entry)
                if trajectory.isFinished {
                    results[place] = StepResult(outcome: finish(trajectory, entry, calls: calls))
                } else {
                    stepping.append((place, calls, trajectory.rowsOfNextStep))
                    trajectories.append(trajectory)
                }
            } catch {
                results[place] = StepResult(outcome: failure(error, entry))
            }
        }
        for ((place, calls, rows), stepped) in zip(stepping, evaluate(trajectories, interest, on: &worker)) {
            let outcome = outcome(of: stepped, batch[place], calls: calls + Int64(rows))
            results[place] = StepResult(outcome: outcome, rows: rows)
        }
        return results.map { $0! }  // Every place is either among `stepping` or was filled in the first loop.
    }

    private func outcome(of stepped: Result<Engine.Trajectory, any Error>?, _ entry: Entry, calls: Int64) -> StepOutcome
    {
        switch stepped {
        case nil: .left
        case .failure(let error): failure(error, entry)
        case .success(let trajectory):
            trajectory.isFinished ? finish(trajectory, entry, calls: calls) : .advanced(trajectory, calls: calls)
        }
    }

    /// The entry's trajectory, begun if need be, with the evaluations that led to it.
    private func begun(_ entry: Entry) throws -> (Engine.Trajectory, calls: Int64) {
        if let trajectory = entry.trajectory { return (trajectory, entry.calls) }
        if let saved = entry.saved {
            do {
                return (try engine.begin(entry.plan, image: entry.image, saved: saved), entry.calls)
            } catch {
                logger.warning(
                    "saved progress is unreadable; the image is begun anew",
                    metadata: ["job": "\(entry.lease.job.id)", "image": "\(entry.image)", "error": "\(error)"])
            }
        }
        return (try engine.begin(entry.plan, image: entry.image, saved: nil), 0)
    }

    /// One step of all together; if that fails, of each alone, so that an error hits nobody but its cause. nil for a
    /// step that was left because nobody wanted it any more.
    private func evaluate(
        _ trajectories: [Engine.Trajectory], _ interest: StepInterest, on worker: inout Engine.Worker
    ) -> [Result<Engine.Trajectory, any Error>?] {
        guard !trajectories.isEmpty else { return [] }
        do {
            return try evaluateTogether(trajectories, interest, on: &worker).map { .success($0) }
        } catch {
            guard trajectories.count > 1 else { return [interest.stands ? .failure(error) : nil] }
            return trajectories.map { trajectory in
                guard interest.stands else { return nil }
                do {
                    return .success(try evaluateTogether([trajectory], interest, on: &worker)[0])
                } catch {
                    return interest.stands ? .failure(error) : nil
                }
            }
        }
    }

    private func evaluateTogether(
        _ trajectories: [Engine.Trajectory], _ interest: StepInterest, on worker: inout Engine.Worker
    ) throws -> [Engine.Trajectory] {
        var stepped = trajectories
        try engine.step(&stepped, on: &worker, isWanted: { interest.stands })
        guard stepped.count == trajectories.count else {
            throw WorkerPoolError.batchSizeChanged(expected: trajectories.count, got: stepped.count)
        }
        return stepped
    }

    private func finish(_ trajectory: Engine.Trajectory, _ entry: Entry, calls: Int64) -> StepOutcome {
        do {
            return .finished(try trajectory.output(), calls: calls)
        } catch {
            return failure(error, entry)
        }
    }

    private func failure(_ error: any Error, _ entry: Entry) -> StepOutcome {
        logger.error(
            "a job failed", metadata: ["job": "\(entry.lease.job.id)", "image": "\(entry.image)", "error": "\(error)"])
        return .failed(problem: engine.problem(for: error, job: entry.lease.job))
    }

    /// Puts the images back, divides the time by rows, and tells whom it concerns.
    private func checkIn(_ worker: Int, _ batch: [Entry], _ results: [StepResult], elapsed: Int64) {
        let total = results.reduce(0) { $0 + $1.weight }
        var published: [JobID: (usage: JobUsage, revision: Int64)] = [:]
        var clerkIsWanted = false
        state.withLock { state in
            state.checkIn(worker)
            for (entry, result) in zip(batch, results) {
                put(result.outcome, of: entry, share: elapsed / total * result.weight, into: &state)
            }
            for entry in batch where published[entry.lease.job.id] == nil {
                published[entry.lease.job.id] = state.schedule.update(entry.lease) { job in
                    if !job.hasSaved, state.followsCrash || job.lease.fruitlessAttempts > 1 { state.wantsSave = true }
                    return (job.usage, job.revision)
                }
            }
            clerkIsWanted = state.wantsSave || !state.endings.isEmpty
        }
        recordRate(batch, results, elapsed: elapsed)
        for (id, progress) in published { board.publish(id, progress.usage, revision: progress.revision) }
        if clerkIsWanted { clerkSignal.wake() }
        wakeWorkers()
    }

    /// Takes in how long the batch took, unless some of it failed or was not stepped: that would tell of another speed.
    private func recordRate(_ batch: [Entry], _ results: [StepResult], elapsed: Int64) {
        let wasStepped = results.allSatisfy { result in
            switch result.outcome {
            case .advanced, .finished: result.rows > 0
            case .failed, .left: false
            }
        }
        guard wasStepped, let model = batch.first?.lease.job.model.name else { return }
        let rows = results.reduce(0) { $0 + $1.rows }
        board.configuration.meter?.evaluated(
            MeasuredEvaluation(model: model, steps: results.count, rows: rows, nanoseconds: elapsed))
        board.rates.record(
            model: model, nanoseconds: elapsed, calls: rows, unitsPerCall: batch[0].lease.unitsPerCall)
    }

    private func put(_ outcome: StepOutcome, of entry: Entry, share: Int64, into state: inout PoolState<Engine>) {
        switch outcome {
        case .advanced(let trajectory, let calls):
            _ = state.schedule.update(entry.lease) { job in
                job.spend(share)
                job.advance(entry.image, to: trajectory, calls: calls)
            }
        case .finished(let output, let calls):
            let isLast = state.schedule.update(entry.lease) { job in
                job.spend(share)
                job.finish(entry.image, output, calls: calls)
                return job.areAllFinished
            }
            if isLast == true { state.end(entry.lease, .succeeded) }
        case .left:
            _ = state.schedule.update(entry.lease) { job in job.putBack(entry.image) }
        case .failed(let problem):
            _ = state.schedule.update(entry.lease) { job in job.spend(share) }
            state.end(entry.lease, .failed(problem: problem))
        }
    }
}
