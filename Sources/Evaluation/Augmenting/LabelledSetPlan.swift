import Imaging
import JSON

/// What a labelled set shall be: everything that decides its files. It stands in the set's `augment.json`, and a run
/// that goes on with a set must have the same.
public struct LabelledSetPlan: Sendable, Equatable {
    public let conditions: [LabelledCondition]
    /// The seed of the first attempt at the first condition.
    public let seed: UInt64
    /// Fields of the requests beside condition, count and seed: sampler, steps, guidance, with what the model says of
    /// those that are left out, so that a set is not gone on with by other ones.
    public let sampling: JSONObject
    /// Name of the model, and the digest of its weights.
    public let model: String
    public let weightsSHA256: String
    /// How an attempt is judged: `none`, or the digest of the index of training images with its threshold.
    public let judging: String

    /// Images of one condition at most, and the distance of the seeds of two conditions.
    public static let mostImages = 1_000_000

    /// - Throws: `EvaluationError` for no condition, or one that stands twice.
    public init(
        _ conditions: [LabelledCondition], model: ModelFacts, sampling: JSONObject, seed: UInt64, judging: String
    ) throws(EvaluationError) {
        guard !conditions.isEmpty else {
            throw EvaluationError("conditions", expected: "at least one", got: "none")
        }
        try LabelledCondition.checkDistinct(conditions)
        (self.conditions, self.seed, self.judging) = (conditions, seed, judging)
        self.sampling = model.sampling?.completing(sampling) ?? sampling
        self.model = model.name
        weightsSHA256 = model.generation.weightsSHA256.hexadecimal
    }

    /// The seed of an attempt: conditions are `mostImages` apart, wrapping at 2^64, so that no two images of a set
    /// begin with the same noise.
    func seed(condition: Int, attempt: Int) -> UInt64 {
        seed &+ UInt64(condition) &* UInt64(Self.mostImages) &+ UInt64(attempt)
    }

    /// Attempts at a condition, beyond which the model is taken to make nothing but copies.
    func mostAttempts(_ condition: LabelledCondition) -> Int { min(Self.mostImages, 10 * condition.count + 100) }

    /// The body of the request whose run makes the images of a condition.
    func body(_ condition: LabelledCondition) -> JSONObject {
        var body = sampling
        if !condition.choices.isEmpty { body["condition"] = .object(condition.json) }
        body["count"] = 1
        body["seed"] = .string(String(seed))
        return body
    }

    /// As `augment.json` holds it.
    public var json: JSONObject {
        [
            "format": 1, "model": .string(model), "weights_sha256": .string(weightsSHA256),
            "seed": .string(String(seed)), "sampling": .object(sampling), "copies": .string(judging),
            "conditions": .array(
                conditions.map { ["condition": .string($0.text), "images": .integer($0.count)] }),
        ]
    }
}
