import Diffusion
import JSON

/// The noise schedule of a run and of the folder that it writes.
public struct ScheduleSettings: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
        /// `squaredcos_cap_v2`, the cosine of Nichol & Dhariwal 2021.
        case cosine
        case linear
        case scaledLinear = "scaled_linear"
        case sigmoid, laplace
        /// The cosine in continuous time.
        case continuousCosine = "vp-cosine"
    }

    public var kind = Kind.cosine
    /// T.
    public var steps = 1000
    /// The first and last beta, of the kinds that have them.
    public var betaStart = 0.0001, betaEnd = 0.02

    public init() {}

    private var hasBetas: Bool { [.linear, .scaledLinear, .sigmoid].contains(kind) }

    /// `{"kind", "timesteps", "beta_start", "beta_end"}`.
    init(_ cursor: JSONCursor) throws(JSONMismatch) {
        if let member = try cursor.member("kind") {
            kind = Kind(rawValue: try member.string(oneOf: Kind.allCases.map(\.rawValue))) ?? kind
        }
        let betas: Set = hasBetas ? ["beta_start", "beta_end"] : []
        try cursor.refuseMembers(otherThan: Set(["kind", "timesteps"]).union(betas))
        steps = try cursor.member("timesteps")?.int(in: 2...100_000) ?? steps
        let start = try cursor.member("beta_start"), end = try cursor.member("beta_end")
        betaStart = try start?.double(in: 1e-9...0.999) ?? betaStart
        betaEnd = try end?.double(in: 1e-9...0.999) ?? betaEnd
        guard betaEnd > betaStart else {
            throw end?.mismatch(expected: "a number above beta_start (\(betaStart))")
                ?? (start ?? cursor).mismatch(expected: "a number below beta_end (\(betaEnd))")
        }
    }

    var json: JSONValue {
        var object: JSONObject = ["kind": .string(kind.rawValue), "timesteps": .integer(steps)]
        if hasBetas {
            object["beta_start"] = .double(betaStart)
            object["beta_end"] = .double(betaEnd)
        }
        return .object(object)
    }

    private var betaSchedule: BetaSchedule {
        switch kind {
        case .cosine: .squaredCosine
        case .linear: .linear(start: betaStart, end: betaEnd)
        case .scaledLinear: .scaledLinear(start: betaStart, end: betaEnd)
        case .sigmoid: .sigmoid(start: betaStart, end: betaEnd)
        case .laplace: .laplace
        case .continuousCosine: ContinuousSchedule.cosine.discretised(steps: steps)
        }
    }

    /// What the folder's `scheduler_config.json` says: diffusers' DDPMScheduler, clipping, and timesteps from the last
    /// one down, since networks of these schedules are to begin at pure noise (Lin et al. 2023, section 3.3).
    public func configuration(_ prediction: PredictionType) -> SchedulerConfiguration {
        var configuration = SchedulerConfiguration()
        configuration.trainingSteps = steps
        configuration.betaSchedule = betaSchedule
        configuration.prediction = prediction
        configuration.varianceType = .fixedSmall
        configuration.clipsSample = true
        configuration.spacing = .trailing
        return configuration
    }

    /// - Throws: `InvalidSetting` for betas that make no schedule.
    func process(_ prediction: PredictionType) throws(InvalidSetting) -> NoiseProcess {
        let schedule = try Schedule(configuration(prediction))
        return kind == .continuousCosine ? .continuous(.cosine, steps: steps) : .discrete(schedule)
    }
}
