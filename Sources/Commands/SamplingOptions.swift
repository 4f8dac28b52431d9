import ArgumentParser
import Imaging
import JSON

/// A command that makes images: what it asks for is known before anything is read or computed.
package protocol ImageCommand: ParsableCommand {
    var task: OfflineTask { get }
}

/// The options that all commands share which make images.
struct SamplingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A model folder (diffusers layout).", valueName: "dir"))
    var model: String

    @Option(
        help: ArgumentHelp(
            "Folder for the images; made if it is not there. Files of the same names are replaced, others stay.",
            valueName: "dir"))
    var output: String

    @Option(help: "Images to make; 1 by default.")
    var count: Int?

    @Option(help: "Steps of the sampler; by default as many as the model names, or the sampler is for.")
    var steps: Int?

    @Option(
        help:
            """
            ddpm, ddim, dpmsolver++, dpmsolver++-sde, unipc, euler, euler-ancestral, heun, edm, \
            predictor-corrector or probability-flow.
            """
    )
    var sampler: String?

    @Option(
        help: ArgumentHelp(
            """
            The levels that are visited: linspace, leading or trailing by training timesteps, karras, exponential, lu \
            or beta by \
            their noise, or model, as the folder's scheduler file says. By default each sampler begins at the \
            noisiest level.
            """, valueName: "name"))
    var spacing: String?

    @Option(
        name: .customLong("sampler-option"),
        help: ArgumentHelp(
            "An option of the sampler, such as order=3, clip=false or churn.amount=40; may be repeated.",
            valueName: "name=value"))
    var samplerOptions: [String] = []

    @Option(help: "0 to 2^64 - 1; image i uses seed + i. Random if not given.")
    var seed: String?

    @Option(help: "Classifier-free guidance; 1 is none.")
    var guidance: Double?

    @Option(help: "Brings guided predictions back to the spread of unguided ones, 0 to 1.")
    var guidanceRescale: Double?

    @Option(help: ArgumentHelp("The part of the run in which guidance acts, such as 0.1,0.8.", valueName: "start,end"))
    var guidanceInterval: String?

    @Option(help: "philox or torch.")
    var noise: String?

    @Option(
        name: .customLong("condition"),
        help: ArgumentHelp(
            "What the images show; may be repeated, also for one attribute that takes several values.",
            valueName: "name=value"))
    var conditions: [String] = []

    @Option(help: "Stochasticity of ddim, 0 to 1.")
    var eta: Double?

    @Option(help: "8 or 16.")
    var bitDepth: Int?

    @Option(help: "png, or dcm for DICOM Secondary Capture.")
    var format = "png"

    @Option(help: "Compute threads; all cores by default.")
    var threads: Int?

    @Option(help: "Images that are computed together.")
    var batch = 8

    func validate() throws {
        try OptionRange.check("--threads", threads, in: OptionRange.threads)
        try OptionRange.check("--batch", batch, in: OptionRange.batch)
        try OptionRange.check("--count", count, in: 1...1_000_000)
        try OptionRange.check("--steps", steps, in: 1...1_000_000)
        guard ImageFormat(rawValue: format) != nil else {
            throw ValidationError("--format: expected png or dcm, got \(format).")
        }
        if let guidanceInterval, guidanceBounds == nil {
            throw ValidationError("--guidance-interval: expected two numbers and a comma, got \(guidanceInterval).")
        }
        for condition in conditions where !condition.dropFirst().contains("=") {
            throw ValidationError("--condition: expected name=value, got \(condition).")
        }
        if spacing != nil, samplerOptions.contains(where: { $0.hasPrefix("spacing=") }) {
            throw ValidationError("--spacing: expected once, got --sampler-option spacing too.")
        }
        for option in samplerOptions where !option.dropFirst().contains("=") {
            throw ValidationError("--sampler-option: expected name=value, got \(option).")
        }
        try refuseRepetitions()
    }

    /// Of two values of one option neither is taken by a guess; churn=1 is another value of all its members.
    private func refuseRepetitions() throws {
        let names = samplerOptions.map { $0.prefix { $0 != "=" } + "." }
        for (place, name) in names.enumerated() {
            let isSaid = names[..<place].contains { $0.hasPrefix(name) || name.hasPrefix($0) }
            if isSaid { throw ValidationError("--sampler-option: expected \(name.dropLast()) once, got it twice.") }
        }
    }

    /// The fields of a request.
    var body: JSONObject {
        var body = JSONObject()
        body["count"] = count.map { .integer($0) }
        body["steps"] = steps.map { .integer($0) }
        body["sampler"] = sampler.map { .string($0) }
        body["seed"] = seed.map { .string($0) }
        body["guidance"] = guidance.map { .double($0) }
        body["guidance_rescale"] = guidanceRescale.map { .double($0) }
        body["guidance_interval"] = guidanceBounds.map { ["steps": .array($0.map { .double($0) })] }
        body["noise"] = noise.map { .string($0) }
        body["eta"] = eta.map { .double($0) }
        body["bit_depth"] = bitDepth.map { .integer($0) }
        if spacing != nil || !samplerOptions.isEmpty { body["sampler_options"] = .object(samplerOptionsObject) }
        if !conditions.isEmpty { body["condition"] = .object(conditionObject) }
        return body
    }

    var imageFormat: ImageFormat { ImageFormat(rawValue: format) ?? .png }

    /// Makes the images of a task into the output folder.
    func run(_ task: OfflineTask) throws {
        let generation = try OfflineGeneration(
            model: model, task: task, threads: threads, batch: batch, format: imageFormat)
        let progress = ProgressLine()
        for note in generation.notes { progress.note(note) }
        let earlier = generation.imagesThatStay(in: output)
        if let first = earlier.first, let last = earlier.last {
            let names = earlier.count == 1 ? first : "\(first) to \(last), \(earlier.count) in all"
            progress.note("\(output) keeps images of an earlier command beside this one's: \(names)")
        }
        try generation.run(into: output) { progress.show(done: $0, of: $1) }
        progress.finish()
    }

    /// Begin and end of `guidanceInterval`; nil where it is not given, or of another form.
    private var guidanceBounds: [Double]? { guidanceInterval.flatMap { NumberPair.read($0) } }

    /// `order=3` is a member, `churn.amount=40` a member of one; what reads as a number or as true or false is one.
    private var samplerOptionsObject: JSONObject {
        var object = JSONObject()
        object["spacing"] = spacing.map { .string($0) }
        for option in samplerOptions {
            let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let truth: JSONValue? = ["true": true, "false": false][parts[1]]
            let value: JSONValue =
                truth ?? Int(parts[1]).map { .integer($0) } ?? Double(parts[1]).map { .double($0) } ?? .string(parts[1])
            let names = parts[0].split(separator: ".", maxSplits: 1).map(String.init)
            guard names.count == 2 else {
                object[parts[0]] = value
                continue
            }
            var inner = object[names[0]]?.object ?? JSONObject()
            inner[names[1]] = value
            object[names[0]] = .object(inner)
        }
        return object
    }

    /// One value stays a value, several become a list.
    private var conditionObject: JSONObject {
        var object = JSONObject()
        for condition in conditions {
            let parts = condition.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            switch object[parts[0]] {
            case nil: object[parts[0]] = .string(parts[1])
            case .array(let values): object[parts[0]] = .array(values + [.string(parts[1])])
            case let value?: object[parts[0]] = [value, .string(parts[1])]
            }
        }
        return object
    }
}
