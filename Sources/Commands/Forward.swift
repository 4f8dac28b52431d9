import ArgumentParser
import Checkpoints
import Imaging
import Networks
import Tensors

/// `phantom forward`: one network evaluation from file to file, the way to check a converted checkpoint.
struct Forward: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Evaluates the network once on given inputs.",
        discussion: """
            The input holds `sample` [N,C,H,W], `timestep` [N] and, for a conditional model, `class_labels`: [N] rows \
            of the \
            class table (or [N] values, or [N,E] vectors, as the model embeds them). The output holds `sample` \
            [N,C,H,W].
            """)

    @Option(help: ArgumentHelp("A model folder (diffusers layout).", valueName: "dir"))
    var model: String

    @Option(help: "Which weights of the folder: fp16, ema, non_ema, ...")
    var variant: String?

    @Option(help: ArgumentHelp("The inputs, a safetensors file.", valueName: "file"))
    var input: String

    @Option(help: ArgumentHelp("Where the output goes, a safetensors file.", valueName: "file"))
    var output: String

    @Option(help: "Threads that share the work.")
    var threads = MachineResources.current.cores

    @Flag(help: "Run every convolution through OpenBLAS instead of Phantom's kernels, as a check of these.")
    var reference = false

    func run() throws {
        let unet = try UNet(
            folder: ModelFolder(path: model, variant: variant), purpose: reference ? .reference : .inference)
        let batch = try ForwardBatch(file: SafetensorsFile(path: input), unet.configuration)
        do {
            try EvaluationMemory.check(
                unet, rows: batch.rows.count, height: batch.height, width: batch.width, threads: threads)
        } catch let error as EvaluationMemory.Exceeded {
            throw CheckpointError(path: input, item: "sample", expected: error.expected, got: error.got)
        }
        let compute = Compute(threads: threads)
        let result = try unet.evaluate(batch.rows, height: batch.height, width: batch.width, compute: compute)
        let shape = [result.count, unet.configuration.outChannels, batch.height, batch.width]
        try SafetensorsWriter().write(["sample": .init(shape: shape, floats: Array(result.joined()))], to: output)
    }

    func validate() throws {
        try OptionRange.check("--threads", threads, in: OptionRange.threads)
    }
}

/// The rows of an input file.
struct ForwardBatch {
    let rows: [UNetRow]
    let height: Int, width: Int

    /// - Throws: `CheckpointError` naming the tensor, the shape that was expected and the one it has.
    init(file: SafetensorsFile, _ configuration: UNetConfiguration) throws {
        let channels = configuration.inChannels
        func shape(_ name: String) throws -> [Int] {
            guard let entry = file.entry(name) else {
                throw CheckpointError(path: file.path, item: name, expected: "a tensor of that name", got: "none")
            }
            return entry.shape
        }
        let sample = try shape("sample")
        guard sample.count == 4, sample[1] == channels, !sample.contains(0) else {
            throw CheckpointError(
                path: file.path, item: "sample", expected: "shape [N, \(channels), H, W]", got: "\(sample)")
        }
        let count = sample[0]
        guard try shape("timestep") == [count] else {
            throw CheckpointError(
                path: file.path, item: "timestep", expected: "shape [\(count)]", got: "\(try shape("timestep"))")
        }
        (height, width) = (sample[2], sample[3])
        let values = try file.floats("sample"), timesteps = try file.floats("timestep"), size = values.count / count
        var rows = (0..<count).map {
            UNetRow(sample: Array(values[$0 * size..<($0 + 1) * size]), timestep: timesteps[$0])
        }
        if let embedding = configuration.classEmbedding {
            let width = embedding == .identity ? configuration.timeEmbeddingDim : 1
            let labels = try shape("class_labels")
            guard labels == (embedding == .identity ? [count, width] : [count]) else {
                throw CheckpointError(
                    path: file.path, item: "class_labels",
                    expected: "shape \(embedding == .identity ? [count, width] : [count])", got: "\(labels)")
            }
            let given = try file.floats("class_labels")
            for n in rows.indices {
                switch embedding {
                case .timestep: rows[n].classValue = given[n]
                case .identity: rows[n].classVector = Array(given[n * width..<(n + 1) * width])
                case .table:
                    guard let row = Int(exactly: given[n]) else {
                        throw CheckpointError(
                            path: file.path, item: "class_labels", expected: "whole numbers", got: "\(given[n])")
                    }
                    rows[n].classRows = [row]
                }
            }
        }
        self.rows = rows
    }
}
