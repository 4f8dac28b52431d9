import ArgumentParser
import Checkpoints
import Imaging
import Tensors
import Training

/// `phantom train`: a run from its train.json to a model folder.
struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Trains a network on a data set.",
        discussion: """
            The keys of train.json and their defaults are in Documentation/Training.md. Ctrl-C saves the run's state; \
            --resume goes on with it, to the same bits as if nothing had been.
            """)

    @Option(help: ArgumentHelp("The run's settings.", valueName: "train.json"))
    var config: String

    @Flag(help: "Go on with the state in the output folder; begin where there is none.")
    var resume = false

    @Flag(
        inversion: .prefixedNo,
        help: "Write the index of the training images into the model's folder (see Documentation/Copies.md).")
    var copyIndex = true

    @Flag(help: "Tell the network, the memory and the time that the run would take, and write nothing.")
    var plan = false

    func run() throws {
        let settings = try TrainingSettings(file: config), machine = MachineResources.current
        var manner = RunStart.Manner()
        manner.resumes = resume
        let compute = Compute(threads: settings.threads ?? machine.cores)
        // Larger parts of a batch gain nothing that can be measured, and memory is for others too.
        (manner.memory, manner.threads) = (min(machine.memory / 2, 384 << 20), compute.threads)
        manner.machine = machine.memory
        if plan { return try tellPlan(settings, manner, compute) }
        let start = try RunStart(settings, manner), signal = StopSignal()
        var progress = TrainProgress(images: settings.images, setSize: start.images.training.count)
        var watch = TrainingWatch()
        watch.isWanted = { !signal.wasGiven }
        watch.note = { progress.say("Warning: \($0).") }
        for warning in settings.warnings { progress.say("Warning: \(warning).") }
        watch.step = { progress.note($0, seconds: $1) }
        let means = Trainer.Means(images: start.images, source: start.network, compute: compute)
        let trainer = try Trainer(start.plan, means: means, watch: watch) { try start.initialWeights() }
        if trainer.state.images > 0 { progress.say("Going on at image \(trainer.state.images).") }
        switch try trainer.run() {
        case .complete: progress.say("\(trainer.state.images) images: the model is in \(trainer.folder.model).")
        case .interrupted: return progress.say("Saved at image \(trainer.state.images); --resume goes on.")
        case .stopped(let reason): progress.say("Stopped: \(reason). The model is in \(trainer.folder.model).")
        }
        if copyIndex { try CopyIndexing.run(start.training, start.heldOut, model: trainer.folder.model) }
    }

    private func tellPlan(_ settings: TrainingSettings, _ manner: RunStart.Manner, _ compute: Compute) throws {
        try ScratchFolder.during("plan") { scratch in
            var manner = manner
            (manner.cache, manner.isTrial) = (scratch.path, true)
            let start = try RunStart(settings, manner)
            // The pixels are mapped: whoever kills the measurement leaves no patient's picture.
            scratch.remove()
            try tellPlan(start, compute)
        }
    }

    private func tellPlan(_ start: RunStart, _ compute: Compute) throws {
        let plan = start.plan.settings, images = start.images.training
        let pace = try TrainingPace(start, compute: compute)
        let left = Double(plan.images) / pace.imagesPerSecond
        for warning in plan.warnings { print("Warning: \(warning).") }
        print(
            """
            Data: \(images.count) images of \(images.width) x \(images.height) pixels, \
            \(images.channels) channel(s); \(start.images.heldOut?.count ?? 0) held out
            Network: \(pace.parameters) parameters, \
            \(TrainProgress.rounded(Double(2 * pace.multiplyAddsAnImage) / 1e9)) GFLOP an image and step
            Memory: \(pace.activationBytes >> 20) MiB of activations of \(plan.microBatch ?? 1) images at once, \
            \(pace.stateBytes >> 20) MiB of weights, moments and averages
            Speed: \(TrainProgress.rounded(pace.imagesPerSecond)) images/s (three steps of \(plan.batch))
            Time: \(TrainProgress.time(left)) for \(plan.images) images, \
            \(TrainProgress.rounded(Double(plan.images) / Double(start.images.training.count))) epochs
            """)
    }
}
