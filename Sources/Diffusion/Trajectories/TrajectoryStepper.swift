import Networks

/// Steps trajectories: all rows that they need, of whatever samplers, steps and guidance, in one batch of the network.
///
/// The loop of the command line and of the service alike:
///
///     while trajectories.contains(where: { !$0.finished }) { try stepper.step(&trajectories) }
public struct TrajectoryStepper<Predictor: NoisePredictor> {
    public let predictor: Predictor

    public init(_ predictor: Predictor) { self.predictor = predictor }

    /// Advances every unfinished trajectory by one network evaluation. Images of different sizes make one batch each.
    ///
    /// - Throws: what the network throws, or `InvalidSetting` if its outputs have another size; trajectories then are
    ///   as they were, or one evaluation further if their batch had been done.
    public func step(_ trajectories: inout [Trajectory]) throws {
        for (size, members) in batches(of: trajectories) {
            var rows: [UNetRow] = []
            var plans: [(member: Int, guidance: Guidance, rows: Range<Int>)] = []
            for member in members {
                guard let evaluation = trajectories[member].evaluation else { continue }
                let guidance = Guidance(evaluation.recipe, acts: evaluation.isGuided)
                let start = rows.count
                rows += guidance.inputs.map {
                    UNetRow(sample: evaluation.sample, timestep: evaluation.timestep, condition: $0)
                }
                plans.append((member, guidance, start..<rows.count))
            }
            let outputs = try predictor.evaluate(rows, height: size.height, width: size.width)
            guard outputs.count == rows.count else {
                throw InvalidSetting("network", expected: "\(rows.count) rows", got: "\(outputs.count)")
            }
            for plan in plans {
                let prediction = plan.guidance.combine(
                    outputs[plan.rows], count: trajectories[plan.member].recipe.count)
                try trajectories[plan.member].advance(prediction)
            }
        }
    }

    /// Runs a single trajectory to its end.
    public func run(_ trajectory: Trajectory) throws -> Trajectory {
        var batch = [trajectory]
        while !batch[0].finished { try step(&batch) }
        return batch[0]
    }

    private struct Size: Hashable {
        let height: Int, width: Int
    }

    /// The places of unfinished trajectories, by size, in the order in which the sizes first come.
    private func batches(of trajectories: [Trajectory]) -> [(Size, [Int])] {
        var order: [Size] = []
        var members: [Size: [Int]] = [:]
        for (place, trajectory) in trajectories.enumerated() where !trajectory.finished {
            let size = Size(height: trajectory.recipe.height, width: trajectory.recipe.width)
            if members[size] == nil { order.append(size) }
            members[size, default: []].append(place)
        }
        return order.map { ($0, members[$0] ?? []) }
    }
}
