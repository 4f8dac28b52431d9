import ArgumentParser
import Imaging
import JSON

/// How images are made, for commands that make many to no one's order: the rest is the model's own.
struct GenerationOptions: ParsableArguments {
    @Option(help: "Steps of the sampler.")
    var steps: Int?

    @Option(help: "The sampler, as phantom generate takes it.")
    var sampler: String?

    @Option(help: "Classifier-free guidance; 1 is none.")
    var guidance: Double?

    @Option(help: "Images that are computed together; 8 by default.")
    var batch: Int?

    @Option(help: "Compute threads; all cores by default.")
    var threads: Int?

    func validate() throws {
        try OptionRange.check("--threads", threads, in: OptionRange.threads)
        try OptionRange.check("--batch", batch, in: OptionRange.batch)
        try OptionRange.check("--steps", steps, in: 1...1_000_000)
        try OfflineTask(generation: body).validateUsage()
    }

    /// Images that are computed together.
    var together: Int { batch ?? 8 }

    /// The fields of the requests that the images are made by.
    var body: JSONObject {
        var body = JSONObject()
        body["steps"] = steps.map { .integer($0) }
        body["sampler"] = sampler.map { .string($0) }
        body["guidance"] = guidance.map { .double($0) }
        return body
    }
}
