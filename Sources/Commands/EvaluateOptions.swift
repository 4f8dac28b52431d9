import ArgumentParser
import Evaluation
import Imaging

/// What `phantom evaluate` compares, and by what.
struct EvaluateOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Held-out patients: a folder of pictures, or a train.json.", valueName: "path"))
    var real: String?

    @Option(help: ArgumentHelp("What the model was trained on: a folder, or a train.json.", valueName: "path"))
    var train: String?

    @Option(help: ArgumentHelp("What the model made: a folder of pictures.", valueName: "dir"))
    var synthetic: String?

    @Option(help: ArgumentHelp("Instead of --synthetic: a model folder, whose images are made.", valueName: "dir"))
    var model: String?

    @Option(
        help: ArgumentHelp(
            "Instead of --synthetic: a training run, whose averages and stages are compared.", valueName: "dir"))
    var run: String?

    @Option(help: "Images that --model makes (1000 by default), or --run of each average.")
    var count: Int?

    @OptionGroup var generation: GenerationOptions

    @Option(help: ArgumentHelp("Features of held-out patients, instead of --real.", valueName: "file"))
    var realFeatures: String?

    @Option(help: ArgumentHelp("Features of training images, instead of --train.", valueName: "file"))
    var trainFeatures: String?

    @Option(help: ArgumentHelp("Features of what the model made, instead of --synthetic.", valueName: "file"))
    var syntheticFeatures: String?

    @Option(
        help: """
            \(DomainModality.allCases.map(\.rawValue).joined(separator: ", ")): what is measured beside features; by \
            default what the model says that its images are.
            """)
    var modality: DomainModality?

    @Option(help: "\(ExtractorName.forms); the first by default.")
    var features: String?

    @Option(
        help: ArgumentHelp(
            "Where report.json, images that are made and kept features go; made if it is not there.",
            valueName: "dir"))
    var output: String?

    @Option(help: ArgumentHelp("Where features are kept; features/ of the output by default.", valueName: "dir"))
    var cache: String?

    @Flag(help: "Write verdict and numbers into the phantom.json of --model, or of the best average of --run.")
    var writeSummary = false

    @Flag(help: "Go on where --real and --train have patients in common; the report then says so.")
    var allowSharedPatients = false

    @Flag(
        inversion: .prefixedNo,
        help: "The row of blurred real images, whose features are made beside; without it nothing is called realistic.")
    var blurred = true

    @Flag(help: "Search every synthetic image among those of --train, and say how many are copies.")
    var copies = false

    @Option(
        help: ArgumentHelp(
            "With --copies: so many images of each condition of --model, or of stages and averages of --run.",
            valueName: "N"))
    var audit: Int?

    @OptionGroup var experiment: DownstreamOptions

    @Option(help: "Of subsets, replicates and images that are made, 0 to 2^64 - 1.")
    var seed: UInt64 = 0

    /// Images that are made where nothing is said.
    static let usualCount = 1000

    func validate() throws {
        try OptionRange.check("--count", count, in: 2...1_000_000)
        do { _ = try extractorName } catch { throw ValidationError("\(error).") }
        if case .features = try subject { try refuseWhatIsOfImages() }
        guard !copies || train != nil else { throw ValidationError("--copies: expected --train, to search in.") }
        try OptionRange.check("--audit", audit, in: 1...100_000)
        guard audit == nil || copies && (model ?? run) != nil else {
            throw ValidationError("--audit: expected --copies, and --model or --run, whose images are made.")
        }
        guard !writeSummary || (model ?? run) != nil else {
            throw ValidationError("--write-summary: expected --model or --run, to write it into.")
        }
        let hasSampling = count != nil || generation.batch != nil || !generation.body.isEmpty
        guard !hasSampling || model != nil || run != nil else {
            throw ValidationError("--count, --steps, --sampler, --guidance and --batch need --model or --run.")
        }
    }

    /// Of features alone nothing is made, measured or kept that needs the images.
    private func refuseWhatIsOfImages() throws {
        let given = [
            ("--modality", modality != nil), ("--features", features != nil), ("--cache", cache != nil),
            ("--allow-shared-patients", allowSharedPatients), ("--no-blurred", !blurred), ("--copies", copies),
            ("--downstream", experiment.downstream),
        ]
        if let first = given.first(where: \.1) {
            throw ValidationError("\(first.0): expected images, not features alone.")
        }
    }

    /// What is judged.
    enum Subject {
        case images(String)
        case model(String, output: String)
        case run(String, output: String)
        case features(real: String, train: String?, synthetic: String)
    }

    /// - Throws: `ValidationError` for options that do not go together.
    var subject: Subject {
        get throws {
            let given = [synthetic, model, run, syntheticFeatures].compactMap { $0 }
            guard given.count == 1 else {
                throw ValidationError("Expected one of --synthetic, --model, --run and --synthetic-features.")
            }
            if let syntheticFeatures {
                guard let realFeatures, real == nil, train == nil else {
                    throw ValidationError("--synthetic-features: expected --real-features, and no images.")
                }
                return .features(real: realFeatures, train: trainFeatures, synthetic: syntheticFeatures)
            }
            guard real != nil, realFeatures == nil, trainFeatures == nil else {
                throw ValidationError("Expected --real, and no features of real images.")
            }
            if let synthetic { return .images(synthetic) }
            guard let output else { throw ValidationError("--model and --run: expected --output, for their images.") }
            return model.map { .model($0, output: output) } ?? .run(run ?? "", output: output)
        }
    }

    var threadCount: Int { generation.threads ?? MachineResources.current.cores }

    var cacheFolder: String? { cache ?? output.map { "\($0)/features" } }

    /// - Throws: `EvaluationError` for a name of another form.
    private var extractorName: ExtractorName {
        get throws { try features.map { try ExtractorName($0) } ?? .efficientNetLite0 }
    }

    /// - Throws: `EvaluationError` or `CheckpointError` for a file that is not what it should be.
    func extractor() throws -> any FeatureExtractor {
        switch try extractorName {
        case .efficientNetLite0: try EfficientNetFeatures()
        case .inception(let file): try InceptionFeatures(file: file)
        case .dinov2(let file): try DINOv2Features(file: file)
        case .radiomics: RadiomicFeatures()
        }
    }
}

extension DomainModality: ExpressibleByArgument {}
