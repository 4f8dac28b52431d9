import Checkpoints
import Datasets
import FoundationEssentials
import Imaging
import JSON

/// The images that a model makes for an evaluation: a labelled set of the model's conditions, equally often, in which
/// nothing is rejected.
public struct ModelImages {
    /// Path of a model folder.
    public let model: String
    /// Images in all.
    public let count: Int
    /// Of the first image; conditions are a million apart.
    public let seed: UInt64
    private let manner: Manner

    /// How the images are computed.
    public struct Manner: Sendable {
        /// Fields of the requests: sampler, steps, guidance; what is not there is the model's own.
        public let sampling: JSONObject
        /// Nil takes every core.
        public let threads: Int?
        /// Images that are computed together.
        public let batch: Int

        public init(sampling: JSONObject, threads: Int?, batch: Int) {
            (self.sampling, self.threads, self.batch) = (sampling, threads, batch)
        }
    }

    public init(model: String, count: Int, seed: UInt64, _ manner: Manner) {
        (self.model, self.count, self.seed, self.manner) = (model, count, seed, manner)
    }

    /// Images that were made, and what the report says of how.
    public struct Made {
        public let images: ImageSource
        public let facts: JSONObject
        /// What the model says that they are.
        public let modality: String?
    }

    /// Makes what is missing in the folder, and opens it.
    /// - Parameters:
    ///   - isWanted: asked after each image; false ends the run.
    ///   - progress: images that are there, and those of the whole set.
    /// - Returns: the images with the model's attributes as their labels; nil where the run was ended before.
    /// - Throws: `ModelLoadingError`; `EvaluationError` for a folder of other images; `RequestRefusal` for sampling
    ///   that the model cannot do; what computing and writing throw.
    public func make(
        into folder: String, isWanted: () -> Bool, progress: (_ done: Int, _ total: Int) -> Void
    ) throws -> Made? {
        let served: ServedModel
        do { served = try ServedModel.load(path: model) } catch {
            throw ModelLoadingError(path: model, reason: "\(error)")
        }
        let conditions = try LabelledCondition.spread(over: served.facts, count: count)
        let plan = try LabelledSetPlan(
            conditions, model: served.facts, sampling: manner.sampling, seed: seed, judging: "none")
        var set = try LabelledSet(
            plan, model: served, folder: folder, threads: manner.threads, batch: manner.batch)
        let made = try set.make(judge: { _ in (false, nil) }, isWanted: isWanted, progress: progress)
        guard made != nil else { return nil }
        var settings = DatasetSettings(kind: .folder, path: folder)
        settings.attributes = served.facts.attributes.map {
            AttributeSettings(name: $0.name, column: LabelledSet.column($0.name))
        }
        return Made(
            images: try ImageSource(settings, role: .synthetic), facts: facts(served.facts, plan),
            modality: served.facts.modality)
    }

    /// What the report says of the images.
    private func facts(_ model: ModelFacts, _ plan: LabelledSetPlan) -> JSONObject {
        [
            "path": .string(self.model), "name": .string(model.name),
            "weights_sha256": .string(model.generation.weightsSHA256.hexadecimal), "images": .integer(count),
            "seed": .string(String(seed)), "sampling": .object(plan.sampling),
            "conditions": .array(
                plan.conditions.map { ["condition": .object($0.json), "images": .integer($0.count)] }),
        ]
    }
}
