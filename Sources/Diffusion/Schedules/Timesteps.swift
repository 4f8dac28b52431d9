/// Lists of training timesteps, highest first (ModelSpecification.md section 7), with numpy's arithmetic and its halves
/// to even.
package enum Timesteps {
    /// The list of DDPM, DDIM and PNDM.
    ///
    /// - Parameter last: one more than the highest timestep that may be visited; nil is all of them.
    /// - Throws: `InvalidSetting` if there are no steps, more than in training, or one beyond the table.
    package static func discrete(
        steps: Int, spacing: TimestepSpacing, last: Int? = nil, configuration: SchedulerConfiguration
    ) throws(InvalidSetting) -> [Int] {
        let total = configuration.trainingSteps
        let last = min(last ?? total, total)
        try checkCount(steps, total: total)
        let list: [Int]
        switch spacing {
        case .linspace: list = linspace(end: Double(last - 1), count: steps).reversed()
        case .leading:
            let ratio = last / steps
            list = (0..<steps).reversed().map { $0 * ratio + configuration.stepsOffset }
        case .trailing: list = trailing(from: last, total: total, steps: steps)
        }
        return try checked(list, steps: steps, configuration: configuration)
    }

    /// The list of the multistep solvers, which leave out the lowest level.
    ///
    /// - Parameter last: one more than the highest timestep that may be visited (`lambda_min_clipped`); 0 where none
    ///   may.
    package static func multistep(
        steps: Int, spacing: TimestepSpacing, last: Int, configuration: SchedulerConfiguration
    )
        throws(InvalidSetting) -> [Int]
    {
        let total = configuration.trainingSteps
        try checkCount(steps, total: total)
        try checkVisited(last, configuration)
        let list: [Int]
        switch spacing {
        case .linspace: list = linspace(end: Double(last - 1), count: steps + 1).reversed().dropLast()
        case .leading:
            let ratio = last / (steps + 1)
            list = (1...steps).reversed().map { $0 * ratio + configuration.stepsOffset }
        case .trailing: list = trailing(from: last, total: total, steps: steps)
        }
        return try checked(list, steps: steps, configuration: configuration)
    }

    /// The list of the methods that take any real timestep: `numpy.linspace(0, total - 1, steps)` in float32, reversed.
    package static func fractional(steps: Int, total: Int) -> [Float] {
        guard steps > 1 else { return [0] }
        let end = Double(total - 1)
        let step = end / Double(steps - 1)
        return (0..<steps).reversed().map { Float($0 == steps - 1 ? end : Double($0) * step) }
    }

    /// Refuses no steps, and more than in training.
    static func checkCount(_ steps: Int, total: Int) throws(InvalidSetting) {
        guard steps >= 1, steps <= total else {
            throw InvalidSetting("steps", expected: "1 to \(total), the steps of training", got: "\(steps)")
        }
    }

    /// Refuses a `lambda_min_clipped` that leaves out every level.
    static func checkVisited(_ last: Int, _ configuration: SchedulerConfiguration) throws(InvalidSetting) {
        guard last > 0 else {
            throw InvalidSetting(
                "lambda_min_clipped",
                expected: "a number that leaves a level to visit: that of the least noise or less",
                got: "\(configuration.solver.minimumLambda)")
        }
    }

    /// numpy.linspace(0, end, count).round()
    private static func linspace(end: Double, count: Int) -> [Int] {
        guard count > 1 else { return [0] }
        let step = end / Double(count - 1)
        return (0..<count).map { Int(($0 == count - 1 ? end : Double($0) * step).rounded(.toNearestOrEven)) }
    }

    /// numpy.arange(first, 0, -total / steps).round() - 1. An inexact ratio can give one value too many, a remnant near
    /// 0 that stands for timestep -1; upstream would take the last table entry for it, we leave it out.
    private static func trailing(from first: Int, total: Int, steps: Int) -> [Int] {
        let ratio = Double(total) / Double(steps)
        let start = Double(first)
        // arange computes its second value first and uses that rounded difference.
        let delta = (start - ratio) - start
        let count = Int((start / ratio).rounded(.up))
        return (0..<count).map { Int((start + Double($0) * delta).rounded(.toNearestOrEven)) - 1 }.filter { $0 >= 0 }
    }

    /// A list that falls strictly and stays inside the table.
    private static func checked(_ list: [Int], steps: Int, configuration: SchedulerConfiguration) throws(InvalidSetting)
        -> [Int]
    {
        guard let first = list.first else {
            throw InvalidSetting(
                "steps", expected: "a number of steps that leaves a timestep to visit", got: "\(steps)")
        }
        guard list.allSatisfy({ $0 >= 0 }), first < configuration.trainingSteps else {
            throw InvalidSetting(
                "steps_offset", expected: "timesteps from 0 to \(configuration.trainingSteps - 1)",
                got: "timesteps from \(list.min() ?? first) to \(first)")
        }
        for (high, low) in zip(list, list.dropFirst()) where low >= high {
            throw InvalidSetting(
                "steps", expected: "fewer, so that no timestep comes twice",
                got: "\(steps), with timestep \(low) repeated")
        }
        return list
    }
}
