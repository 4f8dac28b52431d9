import Diffusion
import Numbers

/// A point of the noising process: what the network is told, and how much image and noise the sample holds.
public struct NoiseTime: Sendable, Equatable {
    /// The network's timestep, a real number; diffusers' index where the process is discrete.
    public let timestep: Float
    public let level: NoiseLevel
    /// ln (signal^2/noise^2).
    public let logSNR: Double

    /// The signal-to-noise ratio.
    public var snr: Double { ElementaryFunctions.exp(logSNR) }
}

/// The process that turns images into noise, as training draws its times.
public enum NoiseProcess: Sendable, Equatable {
    /// The timesteps of a table of betas.
    case discrete(Schedule)
    /// Any time in [1e-5, 1] of a variance-preserving process. The network is told T t - 1 with T = `steps`, so that
    /// diffusers' index k is time (k + 1)/T and the folder is right at its whole timesteps.
    case continuous(ContinuousSchedule, steps: Int)

    /// The first time of a continuous process that is trained on.
    static let earliest = 1e-5

    /// The number of discrete timesteps that the model's folder has.
    public var steps: Int {
        switch self {
        case .discrete(let schedule): schedule.trainingSteps
        case .continuous(_, let steps): steps
        }
    }

    /// The timestep `index` of a discrete process.
    static func time(_ schedule: Schedule, _ index: Int) -> NoiseTime {
        NoiseTime(timestep: Float(index), level: schedule.level(index), logSNR: logSNR(schedule, index))
    }

    static func logSNR(_ schedule: Schedule, _ index: Int) -> Double {
        let share = Double(schedule.alphaBar[index])
        return ElementaryFunctions.log(share) - ElementaryFunctions.log(1 - share)
    }

    /// Time t of a continuous process.
    static func time(_ schedule: ContinuousSchedule, _ t: Double, steps: Int) -> NoiseTime {
        NoiseTime(
            timestep: Float(Double(steps) * t - 1),
            level: NoiseLevel(signal: Float(schedule.mean(t)), noise: Float(schedule.standardDeviation(t))),
            logSNR: logSNR(schedule, t))
    }

    static func logSNR(_ schedule: ContinuousSchedule, _ t: Double) -> Double {
        // At the end of the cosine the mean is 0; a logarithm of snr of -80 is no image at all in float32.
        let deviation = ElementaryFunctions.log(schedule.standardDeviation(t))
        return max(-80, 2 * (ElementaryFunctions.log(schedule.mean(t)) - deviation))
    }

    /// The time at which a continuous process has this logarithm of snr, by bisection; an end where it lies beyond.
    static func time(_ schedule: ContinuousSchedule, logSNR wanted: Double) -> Double {
        var (early, late) = (earliest, 1.0)
        if logSNR(schedule, early) <= wanted { return early }
        if logSNR(schedule, late) >= wanted { return late }
        for _ in 0..<60 {
            let middle = 0.5 * (early + late)
            if logSNR(schedule, middle) > wanted { early = middle } else { late = middle }
        }
        return 0.5 * (early + late)
    }

    /// The point with exactly this logarithm of snr, whether training visits it or not: image and noise by the number
    /// itself, the timestep between the two nearest of the table.
    public func time(logSNR wanted: Double) -> NoiseTime {
        let share = 1 / (1 + ElementaryFunctions.exp(-wanted))
        let rest = 1 / (1 + ElementaryFunctions.exp(wanted))
        let level = NoiseLevel(signal: Float(share.squareRoot()), noise: Float(rest.squareRoot()))
        let timestep: Double
        switch self {
        case .continuous(let schedule, let steps):
            timestep = Double(steps) * Self.time(schedule, logSNR: wanted) - 1
        case .discrete(let schedule):
            let values = schedule.alphaBar.indices.map { Self.logSNR(schedule, $0) }
            let above = values.firstIndex { $0 < wanted } ?? values.count
            if above == 0 || above == values.count {
                timestep = Double(max(0, above - 1))
            } else {
                let (high, low) = (values[above - 1], values[above])
                timestep = Double(above - 1) + (high - wanted) / (high - low)
            }
        }
        return NoiseTime(timestep: Float(timestep), level: level, logSNR: wanted)
    }
}
