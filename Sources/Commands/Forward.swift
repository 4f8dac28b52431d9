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
            of the class table (or [N] values, or [N,E] vectors, as the model embeds them). The output holds \
            `sample` [N,C,H,W].
            """)

    @OptionGroup var files: NetworkFileOptions

    @Flag(help: "Run every convolution through OpenBLAS instead of Phantom's kernels, as a check of these.")
    var reference = false

    func run() throws {
        let unet = try UNet(
            folder: ModelFolder(path: files.model, variant: files.variant),
            purpose: reference ? .reference : .inference)
        let batch = try ForwardBatch(file: SafetensorsFile(path: files.input), unet.configuration)
        do {
            try EvaluationMemory.check(
                unet, rows: batch.rows.count, height: batch.height, width: batch.width, threads: files.threads)
        } catch let error as EvaluationMemory.Exceeded {
            throw CheckpointError(path: files.input, item: "sample", expected: error.expected, got: error.got)
        }
        let compute = Compute(threads: files.threads)
        let result = try unet.evaluate(batch.rows, height: batch.height, width: batch.width, compute: compute)
        let shape = [result.count, unet.configuration.outChannels, batch.height, batch.width]
        try SafetensorsWriter().write(["sample": .init(shape: shape, floats: Array(result.joined()))], to: files.output)
    }
}

/// The rows of an input file.
struct ForwardBatch {
    let rows: [UNetRow]
    let height: Int, width: Int

    /// - Throws: `CheckpointError` naming the tensor, the shape that was expected and the one it has.
    init(file: SafetensorsFile, _ configuration: UNetConfiguration) throws {
        let channels = configuration.inChannels
        let sample = try file.shape("sample")
        guard sample.count == 4, sample[1] == channels, !sample.contains(0) else {
            throw CheckpointError(
                path: file.path, item: "sample", expected: "shape [N, \(channels), H, W]", got: "\(sample)")
        }
        let count = sample[0]
        let timesteps = try file.floats("timestep", shape: [count])
        (height, width) = (sample[2], sample[3])
        let values = try file.floats("sample"), size = values.count / count
        let conditions = try file.classInputs(count: count, for: configuration)
        rows = (0..<count).map {
            UNetRow(
                sample: Array(values[$0 * size..<($0 + 1) * size]), timestep: timesteps[$0], condition: conditions[$0])
        }
    }
}

extension SafetensorsFile {
    fileprivate func shape(_ name: String) throws -> [Int] {
        guard let entry = entry(name) else {
            throw CheckpointError(path: path, item: name, expected: "a tensor of that name", got: "none")
        }
        return entry.shape
    }

    fileprivate func floats(_ name: String, shape expected: [Int]) throws -> [Float] {
        let shape = try shape(name)
        guard shape == expected else {
            throw CheckpointError(path: path, item: name, expected: "shape \(expected)", got: "\(shape)")
        }
        return try floats(name)
    }

    /// `class_labels`, as the network takes them; of an unconditional one nothing.
    fileprivate func classInputs(count: Int, for configuration: UNetConfiguration) throws -> [ClassInput] {
        let name = "class_labels"
        switch configuration.classEmbedding {
        case nil: return Array(repeating: .none, count: count)
        case .timestep: return try floats(name, shape: [count]).map { .value($0) }
        case .identity:
            let width = configuration.timeEmbeddingDim
            let vectors = try floats(name, shape: [count, width])
            return (0..<count).map { .vector(Array(vectors[$0 * width..<($0 + 1) * width])) }
        case .table:
            return try floats(name, shape: [count]).map { label in
                guard let row = Int(exactly: label) else {
                    throw CheckpointError(path: path, item: name, expected: "whole numbers", got: "\(label)")
                }
                return .rows([row])
            }
        }
    }
}
