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

    @Option(help: ArgumentHelp("Features of held-out patients, instead of --real.", valueName: "file"))
    var realFeatures: String?

    @Option(help: ArgumentHelp("Features of training images, instead of --train.", valueName: "file"))
    var trainFeatures: String?

    @Option(help: ArgumentHelp("Features of what the model made, instead of --synthetic.", valueName: "file"))
    var syntheticFeatures: String?

    @Option(help: "\(ExtractorName.forms).")
    var features = "efficientnet-lite0"

    @Option(help: ArgumentHelp("Where report.json and kept features go; made if it is not there.", valueName: "dir"))
    var output: String?

    @Option(help: ArgumentHelp("Where features are kept; features/ of the output by default.", valueName: "dir"))
    var cache: String?

    @Flag(help: "Go on where --real and --train have patients in common; the report then says so.")
    var allowSharedPatients = false

    @Option(help: "Of subsets, replicates and images that are made, 0 to 2^64 - 1.")
    var seed: UInt64 = 0

    @Option(help: "Compute threads; all cores by default.")
    var threads: Int?

    /// Files of features that are compared instead of images.
    struct Given {
        let real: String, train: String?, synthetic: String
    }

    func validate() throws {
        try OptionRange.check("--threads", threads, in: OptionRange.threads)
        do { _ = try ExtractorName(features) } catch { throw ValidationError("\(error).") }
        let hasImages = real != nil || train != nil || synthetic != nil
        let hasFeatures = realFeatures != nil || trainFeatures != nil || syntheticFeatures != nil
        guard hasImages != hasFeatures else {
            throw ValidationError("Expected either images (--real) or features (--real-features).")
        }
        if hasFeatures {
            guard realFeatures != nil, syntheticFeatures != nil else {
                throw ValidationError("Expected both --real-features and --synthetic-features.")
            }
        } else {
            guard real != nil, synthetic != nil else { throw ValidationError("Expected --real and --synthetic.") }
        }
    }

    var given: Given? {
        guard let realFeatures, let syntheticFeatures else { return nil }
        return Given(real: realFeatures, train: trainFeatures, synthetic: syntheticFeatures)
    }

    var threadCount: Int { threads ?? MachineResources.current.cores }

    var cacheFolder: String? { cache ?? output.map { "\($0)/features" } }

    /// - Throws: what opening the sets throws.
    func roles() throws -> ImageRoles {
        guard let real, let synthetic else { throw ValidationError("Expected --real and --synthetic.") }
        return try ImageRoles(
            real: ImageSource(path: real, role: .real), train: train.map { try ImageSource(path: $0, role: .train) },
            synthetic: ImageSource(path: synthetic, role: .synthetic), allowsSharedPatients: allowSharedPatients)
    }

    /// - Throws: `EvaluationError` or `CheckpointError` for a file that is not what it should be.
    func extractor() throws -> any FeatureExtractor {
        switch try ExtractorName(features) {
        case .efficientNetLite0: try EfficientNetFeatures()
        case .inception(let file): try InceptionFeatures(file: file)
        case .dinov2(let file): try DINOv2Features(file: file)
        case .radiomics: throw EvaluationError("--features", expected: "a network", got: "radiomics")
        }
    }
}
