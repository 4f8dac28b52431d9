import Bytes
import Checkpoints
import Datasets
import FoundationEssentials
import Images
import JSON
import Networks
import Tensors

/// A run made ready from its train.json: data prepared, settings filled in, network made.
public struct RunStart {
    public let plan: RunPlan
    public let training: PreparedDataset
    public let heldOut: PreparedDataset?
    public let network: TrainableUNet
    private let start: ModelFolder?

    /// Numbers that are held for each parameter: itself, gradient, two moments, averages, and what kernels make of it.
    private static let numbersAParameter = 12

    /// How a run is begun.
    public struct Manner: Sendable {
        /// Goes on with the state that the folder holds.
        public var resumes = false
        /// Only looks what a run would be like: the folder and what it holds do not count.
        public var isTrial = false
        /// Where prepared pixels are kept; nil for the run's own folder.
        public var cache: String?
        /// Bytes that activations may take, on so many threads.
        public var memory = 1 << 30, threads = 1
        /// Bytes of the machine, which weights and all that belongs to them must fit.
        public var machine = Int.max

        public init() {}
    }

    /// - Throws: `TrainingError`, `DatasetError` or `CheckpointError` for whatever does not fit.
    public init(_ given: TrainingSettings, _ manner: Manner) throws {
        do {
            try self.init(reading: given, manner)
        } catch let error as JSONMismatch {
            throw TrainingError(given.file, error)
        }
    }

    private init(reading given: TrainingSettings, _ manner: Manner) throws {
        let folder = RunFolder(given.output)
        if folder.hasState, !manner.resumes, !manner.isTrial {
            throw TrainingError(
                "output", expected: "a folder without a run", got: "\(given.output), which holds the state of one",
                remedy: "go on with it by --resume, or name another folder")
        }
        let stored = manner.resumes && !manner.isTrial ? try folder.storedSettings() : nil
        var given = given
        let dataset = try DatasetSettings(json: JSONCursor(given.dataset, pointer: "/dataset"))
        given.dataset = dataset.json
        let opened = try dataset.open()
        let shape = PixelShape(
            height: given.size, width: given.size, channels: try Self.channels(given, opened, dataset))
        let (training, heldOut) = try dataset.prepare(
            opened, shape: shape, cache: manner.cache ?? "\(given.output)/cache")
        guard training.count > 0 else {
            throw TrainingError("dataset", expected: "at least one image to train on", got: "none")
        }
        (self.training, self.heldOut) = (training, heldOut.count > 0 ? heldOut : nil)
        let images = RunImages(training: training, heldOut: self.heldOut)
        start = try Self.start(given, stored: stored, hasState: folder.hasState)
        let (batch, side) = (given.batch, given.size)
        plan = try RunPlan(
            given, images: images, stored: stored, base: start?.unetConfiguration
        ) { try Self.rowsTogether($0, batch: batch, side: side, manner) }
        try Self.checkSize(plan.network, manner)
        network = try TrainableUNet(configuration: plan.network.configuration, dropout: plan.settings.dropout ?? 0)
        try Self.checkActivations(network, plan.settings, manner)
    }

    /// What the trainer is handed.
    public var images: RunImages { RunImages(training: training, heldOut: heldOut) }

    /// The weights that the run begins with: those of the folder `init`, or PyTorch's.
    /// - Throws: `CheckpointError` for a folder of another network.
    public func initialWeights() throws -> [Float] {
        let fresh = TrainableUNet.initialValues(network.parameters, seed: plan.settings.seed)
        guard let start else { return fresh }
        return try StartingWeights(folder: start, classRows: plan.network.classRows).values(
            network.parameters, fresh: fresh)
    }

    /// The folder whose weights are the first ones. A run that was ended before its first state begins once more with
    /// those that it began with; one that goes on with its state needs none.
    private static func start(
        _ given: TrainingSettings, stored: TrainingSettings?, hasState: Bool
    ) throws -> ModelFolder? {
        if let stored {
            guard !hasState else { return nil }
            guard stored.start == given.start else {
                throw TrainingError(
                    "train.json: /init", expected: "\(stored.start ?? "nothing"), as the run began",
                    got: given.start ?? "nothing",
                    remedy: "go on with the settings of the run's folder, or begin another run in another folder")
            }
        }
        return try given.start.map { try ModelFolder(path: $0) }
    }

    /// Refuses a network whose weights and all that belongs to them the machine cannot hold.
    private static func checkSize(_ plan: NetworkPlan, _ manner: Manner) throws(TrainingError) {
        let most = manner.machine / (numbersAParameter * MemoryLayout<Float>.stride)
        let parameters = NetworkSize.parameters(plan.configuration)
        guard parameters <= most else {
            throw TrainingError(
                "model", expected: "a network of at most \(most) parameters, for the memory of this machine",
                got: "one of about \(parameters)", remedy: "make block_out_channels smaller")
        }
    }

    /// Refuses parts of a batch whose activations the machine cannot hold beside the weights.
    private static func checkActivations(
        _ network: TrainableUNet, _ settings: TrainingSettings, _ manner: Manner
    ) throws {
        let together = settings.microBatch ?? 1, side = settings.size
        let need = try network.cost(batch: together, height: side, width: side, threads: manner.threads).bytes
        let weights = network.parameters.elementCount * numbersAParameter * MemoryLayout<Float>.stride
        let most = max(0, manner.machine - weights)
        guard need <= most else {
            throw TrainingError(
                together > 1 ? "micro_batch" : "size",
                expected: "activations of at most \(most >> 20) MiB, for the memory of this machine",
                got: "\(need >> 20) MiB of \(together) images of \(side) x \(side) pixels",
                remedy: "make micro_batch, size or block_out_channels smaller")
        }
    }

    /// The largest part of a batch, a divisor of it, whose activations fit into the memory; at least 1.
    private static func rowsTogether(_ plan: NetworkPlan, batch: Int, side: Int, _ manner: Manner) throws -> Int {
        try checkSize(plan, manner)
        // Dropout takes a bit for each element; what it is set to does not count here.
        let network = try TrainableUNet(configuration: plan.configuration, dropout: 0.1)
        func fits(_ rows: Int) throws -> Bool {
            try network.cost(batch: rows, height: side, width: side, threads: manner.threads).bytes <= manner.memory
        }
        // Parts of one size, since the memory for each size is booked by itself.
        for rows in (1...batch).reversed() where batch % rows == 0 {
            if try fits(rows) { return rows }
        }
        return 1
    }

    /// 1 for grey images, 3 for coloured ones: as the network is asked for, or as the first image is.
    private static func channels(
        _ settings: TrainingSettings, _ dataset: any Dataset, _ reading: DatasetSettings
    ) throws -> Int {
        if let asked = settings.model["out_channels"] ?? settings.model["in_channels"], settings.superResolution == nil
        {
            guard let channels = asked.number?.int, channels == 1 || channels == 3 else {
                throw TrainingError("model/in_channels", expected: "1 or 3", got: asked.summary)
            }
            return channels
        }
        guard dataset.count > 0 else { throw TrainingError("dataset", expected: "images", got: "none") }
        return try reading.first(of: dataset, among: 0..<dataset.count) { _, picture in
            picture.droppingAlpha().channels == 1 ? 1 : 3
        }
    }
}
