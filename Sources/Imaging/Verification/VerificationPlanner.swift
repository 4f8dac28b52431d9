import Bytes
import Diffusion
import Images

/// Holds the recipe of a file against the models and limits of a service, in two steps, since the pixels that the
/// recipe names by hash have to be looked up between them.
package struct VerificationPlanner: Sendable {
    private let validator: GenerationValidator
    private let recipe: Recipe
    private let model: ModelFacts
    /// Where the file stood in the request.
    private let pointer: String

    /// Finds the model that made the file.
    /// - Throws: `RequestRefusal` at `pointer` if there is none, or the recipe is beyond the limits.
    package init(_ validator: GenerationValidator, file: SyntheticFile, pointer: String) throws(RequestRefusal) {
        let (recipe, models, limits) = (file.recipe, validator.models, validator.limits)
        (self.validator, self.recipe, self.pointer) = (validator, recipe, pointer)
        guard let model = models.first(where: { $0.generation.weightsSHA256 == recipe.weightsSHA256 }) else {
            let names = models.map { "\($0.name) (\($0.generation.weightsSHA256))" }.joined(separator: ", ")
            let loaded = models.isEmpty ? "none is yet" : names
            throw Self.refusal(
                at: pointer,
                "expected an image of a model that is loaded: \(loaded); got one of the weights \(recipe.weightsSHA256)"
            )
        }
        self.model = model
        let (pixels, overflow) = recipe.width.multipliedReportingOverflow(by: recipe.height)
        guard !overflow, pixels <= limits.pixels, recipe.steps <= limits.steps, recipe.visits / 2 <= limits.steps else {
            throw Self.refusal(
                at: pointer,
                """
                expected a recipe of at most \(limits.pixels) pixels and \(limits.steps) steps with as many \
                returns, got 
                """
                    + "\(recipe.width) x \(recipe.height) and \(recipe.steps) steps, \(recipe.visits) with all returns")
        }
    }

    /// The digests of the pixels that the recipe begins with; empty for an image from noise.
    package var neededInputs: [Digest] {
        recipe.restoration.map { [$0.imageDigest] + ($0.maskDigest.map { [$0] } ?? []) } ?? []
    }

    /// The run that makes the image again.
    /// - Parameter kept: those of `neededInputs` that were found.
    /// - Throws: `RequestRefusal` if pixels are missing, or the recipe cannot be run within the limits.
    package func plan(inputs kept: [Digest: PixelImage]) throws(RequestRefusal) -> PlannedSeries {
        let plan: PlannedSeries
        let inputs = try inputs(kept)
        do throws(InvalidSetting) {
            plan = try PlannedSeries(RecipeSeries(first: recipe, count: 1), model: model, inputs: inputs)
        } catch {
            throw refusal("its recipe cannot be run: \(error)")
        }
        let limits = validator.limits
        guard plan.work.evaluations / 2 <= limits.steps else {
            throw refusal("expected a recipe of at most \(limits.steps) steps with all its returns")
        }
        let memory = validator.memory(model, plan.work.rowsPerEvaluation, recipe.width, recipe.height)
        guard memory <= limits.memoryBytes else {
            throw refusal(
                "expected an image whose evaluation takes at most \(limits.memoryBytes) bytes of memory, "
                    + "got an estimate of \(memory)")
        }
        return plan
    }

    private func inputs(_ kept: [Digest: PixelImage]) throws(RequestRefusal) -> RestorationInputs? {
        guard let restoration = recipe.restoration else { return nil }
        func found(_ name: String, _ digest: Digest) throws(RequestRefusal) -> PixelImage {
            if let image = kept[digest] { return image }
            throw refusal(
                "expected a recipe whose \(name) is still kept; the pixels of SHA-256 \(digest) are not, "
                    + "as no job has them any more")
        }
        return RestorationInputs(
            image: try found("image", restoration.imageDigest),
            mask: try restoration.maskDigest.map { (digest) throws(RequestRefusal) in try found("mask", digest) })
    }

    private func refusal(_ detail: String) -> RequestRefusal { Self.refusal(at: pointer, detail) }

    private static func refusal(at pointer: String, _ detail: String) -> RequestRefusal {
        RequestRefusal(
            .invalid, "The file cannot be verified here.", faults: [.init(pointer: pointer, detail: detail)])
    }
}
