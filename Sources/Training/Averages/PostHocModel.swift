import Bytes
import Checkpoints
import JSON

/// A run's model with an average of another width, made of the snapshots that the run has left.
public struct PostHocModel {
    /// What the folder says of the model beside what the run knows; nil leaves what the run's model says.
    public struct Card: Sendable {
        public var name: String?
        public var modality: String?
        public var trainingData: String?
        public var licence: String?
        /// How its images are sampled where a request does not say (`ModelManifest.sampling`).
        public var sampling: JSONObject?

        public init() {}
    }

    public var card = Card()
    /// Whether the weights are written in half precision, rounded to nearest even: half the bytes.
    public var isHalf = false
    private let folder: RunFolder
    private let model: ModelFolder
    private let settings: TrainingSettings
    /// One for each width of each file.
    private var snapshots: [(PostHocAverage.Snapshot, file: SafetensorsFile, prefix: String)] = []

    /// Opens the snapshots of a run.
    /// - Throws: `CheckpointError` for files that cannot be read, `TrainingError` where there are none, or some of
    ///   another run.
    public init(run: String) throws {
        folder = RunFolder(run)
        guard isFolder(run) == true, isFolder(folder.model) == true else {
            throw TrainingError("--run \(run)", expected: "the folder of a run, with model/", got: "none")
        }
        model = try ModelFolder(path: folder.model)
        let files = names(in: folder.averages).filter { $0.hasSuffix(".safetensors") }
        guard let settings = try folder.storedSettings(), case .widths(let widths, _) = settings.averages,
            !files.isEmpty
        else {
            throw TrainingError(
                folder.averages, expected: "snapshots of averages", got: "none",
                remedy: "train with averages of widths and snapshots")
        }
        self.settings = settings
        var owner: String?
        for name in files {
            let file = try SafetensorsFile(path: "\(folder.averages)/\(name)")
            guard let step = file.metadata["steps"].flatMap({ Int($0) }), (1...settings.steps).contains(step),
                let run = file.metadata["settings"], owner == nil || owner == run
            else {
                throw TrainingError(file.path, expected: "a snapshot of this run", got: "another file")
            }
            owner = run
            for width in widths { snapshots.append((.init(step: step, width: width), file, "\(width)/")) }
        }
    }

    /// The step of the last snapshot, at which the average stands.
    public var step: Int { steps.last ?? 0 }

    /// The steps that have snapshots, ascending.
    public var steps: [Int] { Set(snapshots.map(\.0.step)).sorted() }

    /// SHA-256 over the snapshots' files, by which an average that was made of them is told from another run's.
    /// - Throws: `CheckpointError` for a file that cannot be read any more.
    public func digest() throws(CheckpointError) -> Digest {
        var content = Digest.Accumulator(), seen: Set<String> = []
        for (_, file, _) in snapshots where seen.insert(file.path).inserted {
            content.append(try file.sha256().bytes)
        }
        return content.digest
    }

    /// Writes a model folder with the average of a width, summed in double precision.
    /// - Parameter stage: the step at which the average is wanted, one of `steps`; nil is the last.
    /// - Throws: `TrainingError` for a width that cannot be made, `CheckpointError` for what cannot be read or written.
    public func write(width: Double, stage: Int? = nil, to path: String) throws {
        guard PowerAverage.widths.contains(width) else {
            throw TrainingError(
                "--width", expected: "\(PowerAverage.widths.lowerBound) to \(PowerAverage.widths.upperBound)",
                got: "\(width)")
        }
        let snapshots = snapshots.filter { $0.0.step <= stage ?? step }
        guard snapshots.contains(where: { $0.0.step == stage ?? step }) else {
            throw TrainingError("stage", expected: "one of the steps \(steps)", got: "\(stage ?? step)")
        }
        let factors = try PostHocAverage.factors(snapshots.map(\.0), width: width, step: stage ?? step)
        var tensors: [String: SafetensorsWriter.Tensor] = [:]
        for key in model.weights.keys {
            let shape = model.weights.shape(of: key) ?? []
            var sum = [Double](repeating: 0, count: shape.reduce(1, *))
            for (factor, snapshot) in zip(factors, snapshots) {
                let values = try snapshot.file.floats(snapshot.prefix + key)
                guard values.count == sum.count else {
                    throw CheckpointError(
                        path: snapshot.file.path, item: key, expected: "shape \(shape)", got: "\(values.count) values")
                }
                for i in sum.indices { sum[i] += factor * Double(values[i]) }
            }
            let values = sum.map { Float($0) }
            tensors[key] = .init(shape: shape, values: isHalf ? .float16(values) : .float32(values))
        }
        try makeFolders(path)
        try ModelFolderWriter(
            unetConfiguration: model.unetConfiguration, schedulerConfiguration: model.schedulerConfiguration,
            manifest: try manifest(width: width, step: stage ?? step)
        ).write(tensors, to: path)
    }

    private func manifest(width: Double, step: Int) throws(CheckpointError) -> ModelManifest? {
        guard var manifest = model.manifest else { return nil }
        manifest.name = card.name ?? manifest.name
        manifest.modality = card.modality ?? manifest.modality
        manifest.trainingData = card.trainingData ?? manifest.trainingData
        manifest.licence = card.licence ?? manifest.licence
        manifest.sampling = card.sampling ?? manifest.sampling
        manifest.training = try folder.summary(settings, step: step, width: width)
        // What was judged was another average.
        manifest.evaluation = nil
        return manifest
    }
}
