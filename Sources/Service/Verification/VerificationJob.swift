import Diffusion
import JSON
import Jobs

/// Jobs that make the image of a file's recipe again and compare.
enum VerificationJob {
    /// Their kind.
    static let kind = "verification"

    /// What is shown of such a job as its request.
    static func request(_ plan: PlannedRun) -> JSONObject {
        ["model": .string(plan.model.name), "recipe": .object(plan.series.first.json)]
    }

    /// The recipe in such a request: all that a job of version 0.1.0 stored.
    /// - Throws: `JSONMismatch`, `InvalidSetting`.
    static func recipe(of request: JSONValue) throws -> Recipe {
        try Recipe(json: try JSONCursor(request).required("recipe").object())
    }
}

extension GenerationValidator {
    /// Reads the body of a verification as it was sent.
    /// - Parameters:
    ///   - type: its Content-Type.
    ///   - input: looks up pixels by their hash; nil if they are not kept.
    /// - Throws: `Problem` 400 for what can be no such body, 422 for a file or a recipe that cannot be verified here.
    package func verification(_ body: [UInt8], type: String?, input: (_ sha256: String) throws(Problem) -> InputImage?) throws(Problem)
        -> (file: SyntheticFile, plan: PlannedRun)
    {
        let upload = try VerificationUpload(body, type: type)
        let file = try upload.file(pixels: limits.pixels)
        return (file, try plan(file, pointer: upload.pointer, input: input))
    }

    /// Holds the recipe of a file against the models and limits of this service.
    /// - Parameter input: looks up pixels by their hash; nil if they are not kept.
    /// - Throws: `Problem` 422 at `pointer`; whatever `input` throws.
    func plan(_ file: SyntheticFile, pointer: String, input: (_ sha256: String) throws(Problem) -> InputImage?) throws(Problem)
        -> PlannedRun
    {
        func refuse(_ detail: String) -> Problem {
            Problem(.invalid, "The file cannot be verified here.", errors: [.init(pointer: pointer, detail: detail)])
        }
        let recipe = file.recipe
        guard let model = models.first(where: { $0.generation.weightsSHA256 == recipe.weightsSHA256 }) else {
            let loaded = models.map { "\($0.name) (\($0.generation.weightsSHA256))" }.joined(separator: ", ")
            throw refuse("expected an image of a model that is loaded: \(loaded); got one of the weights \(recipe.weightsSHA256)")
        }
        let (pixels, overflow) = recipe.width.multipliedReportingOverflow(by: recipe.height)
        guard !overflow, pixels <= limits.pixels, recipe.steps <= limits.steps, recipe.visits / 2 <= limits.steps else {
            throw refuse(
                "expected a recipe of at most \(limits.pixels) pixels and \(limits.steps) steps with as many returns, "
                    + "got \(recipe.width) x \(recipe.height) and \(recipe.steps) steps, \(recipe.visits) with all returns")
        }
        var inputs: RestorationInputs?
        if let restoration = recipe.restoration {
            func kept(_ name: String, _ sha256: String) throws(Problem) -> InputImage {
                guard let image = try input(sha256) else {
                    throw refuse("expected a recipe whose \(name) is still kept; the pixels of SHA-256 \(sha256) are not, as no job has them any more")
                }
                return image
            }
            inputs = RestorationInputs(
                image: try kept("image", restoration.imageSHA256),
                mask: try restoration.maskSHA256.map { (sha256) throws(Problem) in try kept("mask", sha256) })
        }
        let plan: PlannedRun
        do throws(InvalidSetting) {
            plan = try PlannedRun(recipe, model: model, inputs: inputs)
        } catch {
            throw refuse("its recipe cannot be run: \(error)")
        }
        guard plan.evaluations / 2 <= limits.steps else { throw refuse("expected a recipe of at most \(limits.steps) steps with all its returns") }
        let memory = memory(model, plan.rows, recipe.width, recipe.height)
        guard memory <= limits.memoryBytes else {
            throw refuse("expected an image whose evaluation takes at most \(limits.memoryBytes) bytes of memory, got an estimate of \(memory)")
        }
        return plan
    }
}
