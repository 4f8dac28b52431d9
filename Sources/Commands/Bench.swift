import ArgumentParser
import Checkpoints
import Glibc
import Imaging
import JSON
import Networks
import Numbers
import Tensors
import Training

/// `phantom bench`: milliseconds per network evaluation.
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Times the network: milliseconds per evaluation, or per training step.")

    @Option(help: ArgumentHelp("A model folder (diffusers layout).", valueName: "dir"))
    var model: String

    @Option(help: "Images per evaluation.")
    var batch = 1

    @Option(help: "Threads that share the work.")
    var threads = MachineResources.current.cores

    @Option(help: "Evaluations timed, after two that are not.")
    var `repeat` = 10

    @Option(help: "Height and width in pixels; the model's own by default.")
    var size: Int?

    @Flag(help: "Write JSON.")
    var json = false

    @Flag(help: "Also print where the time goes, by kind of layer.")
    var profile = false

    @Flag(
        help: ArgumentHelp(
            """
            Take commands from standard input: each line \"time N\" is answered with the milliseconds of N \
            evaluations.
            """,
            discussion: "For comparisons that alternate between programs."))
    var driven = false

    @Flag(help: "Time training steps instead: forward, backward, AdamW and an average.")
    var training = false

    /// Evaluations that are timed one after the other.
    private static let repeats = 1...100_000

    func validate() throws {
        try OptionRange.check("--batch", batch, in: OptionRange.batch)
        try OptionRange.check("--threads", threads, in: OptionRange.threads)
        try OptionRange.check("--repeat", `repeat`, in: Self.repeats)
        try OptionRange.check("--size", size, in: OptionRange.side)
        guard !driven || !json && !profile else {
            throw ValidationError("--driven: expected no --json and no --profile; its answers are milliseconds.")
        }
    }

    func run() throws {
        if training { return try timeTraining() }
        let unet = try UNet(folder: ModelFolder(path: model))
        let configuration = unet.configuration
        let height = size ?? configuration.sampleSize?.height ?? 64,
            width = size ?? configuration.sampleSize?.width ?? 64
        do {
            try EvaluationMemory.check(unet, rows: batch, height: height, width: width, threads: threads)
        } catch let error as EvaluationMemory.Exceeded {
            throw ValidationError("--batch \(batch), --size \(size.map(String.init) ?? "of the model"): \(error).")
        }
        let sample = NoiseKey(seed: 0, purpose: .initial).normals(count: configuration.inChannels * height * width)
        let row = UNetRow(sample: sample, timestep: 1, condition: .example(for: configuration))
        let rows = Array(repeating: row, count: batch), compute = Compute(threads: threads), clock = ContinuousClock()
        func evaluate() throws -> Double {
            try clock.measure { _ = try unet.evaluate(rows, height: height, width: width, compute: compute) }
                / .milliseconds(1)
        }
        if driven { return try answerCommands(evaluate) }
        for _ in 0..<2 { _ = try evaluate() }
        var times = try (0..<`repeat`).map { _ in try evaluate() }
        if profile {
            compute.profile = Profile()
            for _ in 0..<`repeat` { _ = try unet.evaluate(rows, height: height, width: width, compute: compute) }
        }
        times.sort()
        let cost = try unet.cost(batch: batch, height: height, width: width, threads: threads)
        report(times, gflop: 2 * Double(cost.multiplyAdds) / 1e9, compute)
        if let profile = compute.profile { print(table(of: profile)) }
    }

    private func timeTraining() throws {
        let folder = try ModelFolder(path: model)
        let configuration = try UNetConfiguration(json: folder.unetConfiguration)
        let network = try TrainableUNet(configuration: configuration), compute = Compute(threads: threads)
        let height = size ?? configuration.sampleSize?.height ?? 64
        let width = size ?? configuration.sampleSize?.width ?? 64
        let cost = try network.cost(batch: batch, height: height, width: width, threads: threads)
        guard cost.bytes < MachineResources.current.memory else {
            throw ValidationError("--batch \(batch): a training step of it takes \(cost.bytes >> 20) MiB.")
        }
        let timer = TrainingStepTimer(
            network, values: try network.values(of: folder.weights), batch: batch, size: (height, width),
            compute: compute)
        let clock = ContinuousClock()
        func step() throws -> Double { try clock.measure { try timer.step() } / .milliseconds(1) }
        if driven { return try answerCommands(step) }
        for _ in 0..<2 { _ = try step() }
        let times = try (0..<`repeat`).map { _ in try step() }.sorted()
        report(times, gflop: 2 * Double(cost.multiplyAdds) / 1e9, compute)
        guard profile else { return }
        compute.profile = Profile()
        for _ in 0..<`repeat` { try timer.step() }
        if let profile = compute.profile { print(table(of: profile)) }
    }

    private func answerCommands(_ evaluate: () throws -> Double) throws {
        func answer(_ text: String) {
            print(text)
            fflush(nil)  // the asking program waits for it
        }
        answer("ready")
        while let line = readLine() {
            let words = line.split(separator: " ")
            guard words.count == 2, words[0] == "time", let count = Int(words[1]), Self.repeats.contains(count) else {
                throw ValidationError(
                    "standard input: expected \"time N\", N from 1 to \(Self.repeats.upperBound), got \"\(line)\"")
            }
            answer(try (0..<count).map { _ in String(try evaluate()) }.joined(separator: " "))
        }
    }

    private func report(_ times: [Double], gflop: Double, _ compute: Compute) {
        // As many as there were, not as were asked for.
        let threads = compute.threads
        let median = times[times.count / 2], best = times[0], rate = gflop / median * 1000
        if json {
            let object: JSONObject = [
                "batch": .integer(batch), "threads": .integer(threads), "repeat": .integer(`repeat`),
                "tier": .string(KernelTier.best.name),
                "median_ms": .double(median), "min_ms": .double(best), "max_ms": .double(times[times.count - 1]),
                "gflop": .double(gflop), "gflop_per_second": .double(rate),
                "activation_bytes": .integer(compute.memory),
            ]
            print(String(decoding: JSONWriter(indent: 2).write(.object(object)), as: UTF8.self))
        } else {
            print(
                """
                \(Self.rounded(median)) ms per evaluation of \(batch) (median of \(times.count); fastest \
                \(Self.rounded(best)))
                """
            )
            print(
                """
                \(Self.rounded(rate)) GFLOP/s of \(Self.rounded(gflop)) GFLOP as direct convolutions, \(threads) \
                threads, \(KernelTier.best)
                """
            )
        }
    }

    /// One line a kind of layer: milliseconds per evaluation, share, calls per evaluation, GFLOP/s, what.
    private func table(of profile: Profile) -> String {
        let entries = profile.entries, total = entries.reduce(Duration.zero) { $0 + $1.time } / .milliseconds(1)
        func column(_ text: String) -> String { String(repeating: " ", count: max(0, 9 - text.count)) + text }
        let lines = entries.map { entry in
            let time = entry.time / .milliseconds(1)
            let cells = [
                Self.rounded(time / Double(`repeat`)), Self.rounded(100 * time / total) + "%",
                "\(entry.calls / `repeat`)",
                Self.rounded(2e-6 * Double(entry.multiplyAdds) / time),
            ]
            return cells.map(column).joined(separator: " ") + "  " + entry.label
        }
        return (["ms", "share", "calls", "GFLOP/s"].map(column).joined(separator: " ") + "  layer") + "\n"
            + lines.joined(separator: "\n")
    }

    private static func rounded(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }
}
