import ArgumentParser
import Checkpoints
import Diffusion
import Imaging
import Networks
import Tensors

/// `phantom gradients`: the loss of given images and noise and its gradient, the way to check the backward pass.
struct Gradients: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes a loss and its gradient with respect to every parameter.",
        discussion: """
            The input holds `sample` [N,C,H,W] (clean images), `noise` [N,C,H,W], `timestep` [N] (whole steps of the \
            model's schedule) and, for a conditional model, `class_labels` as for `phantom forward`. The loss is the \
            mean squared error between the network's output for the noised images and the target of the model's \
            prediction_type. The output holds `loss` [1] and one tensor for each parameter under its name in the \
            checkpoint.
            """)

    @OptionGroup var files: NetworkFileOptions

    @Option(help: "Which compiled kernels run: \(KernelTier.available.map(\.name).joined(separator: ", ")).")
    var tier: String?

    func run() throws {
        let folder = try ModelFolder(path: files.model, variant: files.variant)
        let configuration = try UNetConfiguration(json: folder.unetConfiguration)
        let network = try TrainableUNet(configuration: configuration)
        try network.load(network.values(of: folder.weights))
        let file = try SafetensorsFile(path: files.input)
        let batch = try ForwardBatch(file: file, configuration)
        let need = try network.cost(
            batch: batch.rows.count, height: batch.height, width: batch.width, threads: files.threads)
        try check(need)
        let pairs = try NoisedPairs(batch, file, SchedulerConfiguration(json: folder.schedulerConfiguration))
        var gradients = [Float](repeating: 0, count: network.parameters.elementCount), loss = 0.0
        let compute = Compute(threads: files.threads, tier: tier.flatMap(KernelTier.init(named:)) ?? .best)
        try network.accumulate(
            pairs.rows, size: (batch.height, batch.width), compute: compute, into: &gradients
        ) { outputs in
            let meanSquare = MeanSquaredError(outputs, targets: pairs.targets)
            loss = meanSquare.loss
            return meanSquare.gradient
        }
        var tensors = ["loss": SafetensorsWriter.Tensor(shape: [1], floats: [Float(loss)])]
        for parameter in network.parameters.parameters {
            let values = Array(gradients[parameter.start..<parameter.start + parameter.count])
            tensors[parameter.name] = .init(shape: parameter.shape, floats: values)
        }
        try SafetensorsWriter().write(tensors, to: files.output)
    }

    func validate() throws {
        if let tier, KernelTier(named: tier) == nil {
            throw ValidationError("--tier: this CPU has no kernels of that name, got \(tier)")
        }
    }

    private func check(_ need: Compute.Cost) throws {
        let available = MachineResources.current.memory
        guard need.bytes <= available else {
            throw CheckpointError(
                path: files.input, item: "sample", expected: "a batch that takes at most \(available >> 20) MiB",
                got: "one that takes \(need.bytes >> 20) MiB")
        }
    }
}

/// Noised images and what the network is to answer to them.
private struct NoisedPairs {
    let rows: [TrainingRow]
    let targets: [[Float]]

    /// - Throws: `CheckpointError` naming the tensor, what was expected and what it holds; `InvalidSetting`.
    init(_ batch: ForwardBatch, _ file: SafetensorsFile, _ configuration: SchedulerConfiguration) throws {
        guard let shape = file.entry("noise")?.shape, shape == file.entry("sample")?.shape else {
            throw CheckpointError(
                path: file.path, item: "noise", expected: "the shape of sample",
                got: file.entry("noise").map { "\($0.shape)" } ?? "none")
        }
        let schedule = try Schedule(configuration), parameterisation = Parameterisation(configuration)
        guard case .variancePreserving(let prediction) = parameterisation else {
            throw CheckpointError(
                path: file.path, item: "timestep", expected: "a model of a variance-preserving schedule",
                got: "one with the preconditioning of EDM, whose noise no timestep tells")
        }
        let noise = try file.floats("noise"), size = noise.count / batch.rows.count
        var rows: [TrainingRow] = [], targets: [[Float]] = []
        for (n, row) in batch.rows.enumerated() {
            guard let step = Int(exactly: row.timestep), (0..<schedule.trainingSteps).contains(step) else {
                throw CheckpointError(
                    path: file.path, item: "timestep", expected: "whole steps from 0 to \(schedule.trainingSteps - 1)",
                    got: "\(row.timestep)")
            }
            let level = schedule.level(step), z = Array(noise[n * size..<(n + 1) * size])
            var noised = row
            noised.sample = parameterisation.noised(row.sample, noise: z, at: level)
            rows.append(TrainingRow(noised))
            targets.append(Parameterisation.variancePreserving(prediction).target(row.sample, noise: z, at: level))
        }
        (self.rows, self.targets) = (rows, targets)
    }
}

/// The mean of (output - target)^2 over all elements, and its gradient.
private struct MeanSquaredError {
    let loss: Double
    let gradient: [[Float]]

    init(_ outputs: [[Float]], targets: [[Float]]) {
        let count = Double(outputs.reduce(0) { $0 + $1.count })
        var sum = 0.0
        gradient = zip(outputs, targets).map { output, target in
            output.indices.map { index in
                // Of an output of two halves (learned variance) the second has no target.
                guard index < target.count else { return 0 }
                let difference = Double(output[index]) - Double(target[index])
                sum += difference * difference
                return Float(2 * difference / count)
            }
        }
        loss = sum / count
    }
}
