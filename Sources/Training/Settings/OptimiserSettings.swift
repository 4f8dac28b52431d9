import JSON

/// AdamW and what is around it.
public struct OptimiserSettings: Sendable, Equatable {
    public var adam = AdamW()
    /// The highest learning rate.
    public var rate = 3e-4
    /// Steps of the rate's rise.
    public var warmup = 500
    /// The norm that gradients are clipped to; nil clips nothing.
    public var clip: Double? = 1

    public init() {}

    /// `{"rate", "betas", "epsilon", "weight_decay", "warmup", "clip"}`.
    init(_ cursor: JSONCursor) throws(JSONMismatch) {
        try cursor.refuseMembers(otherThan: ["rate", "betas", "epsilon", "weight_decay", "warmup", "clip"])
        rate = try cursor.member("rate")?.double(in: 1e-9...1) ?? rate
        if let betas = try cursor.member("betas")?.elements(count: 2...2) {
            (adam.firstBeta, adam.secondBeta) = (
                try betas[0].double(in: 0...0.999_999), try betas[1].double(in: 0...0.999_999_9)
            )
        }
        adam.epsilon = try cursor.member("epsilon")?.double(in: 1e-16...1) ?? adam.epsilon
        adam.weightDecay = try cursor.member("weight_decay")?.double(in: 0...10) ?? adam.weightDecay
        warmup = try cursor.member("warmup")?.int(in: 0...10_000_000) ?? warmup
        // Null, as opposed to nothing, is no clipping.
        if try cursor.object()["clip"]?.isNull == true { clip = nil }
        clip = try cursor.member("clip")?.double(in: 1e-6...1e9) ?? clip
    }

    var json: JSONValue {
        [
            "rate": .double(rate), "betas": [.double(adam.firstBeta), .double(adam.secondBeta)],
            "epsilon": .double(adam.epsilon), "weight_decay": .double(adam.weightDecay), "warmup": .integer(warmup),
            "clip": clip.map { .double($0) } ?? .null,
        ]
    }
}
