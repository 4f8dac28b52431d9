import Checkpoints
import Images
import JSON

/// What a run writes down as it goes: metrics.jsonl, TensorBoard's events, loss.png.
final class RunRecord {
    private let folder: RunFolder
    private let metrics: MetricsFile
    private let events: EventFile
    private var history: [JSONObject] = []
    /// Steps since the last line.
    private var losses: [[Double]] = []
    private var seconds = 0.0

    /// Steps that one line stands for.
    private static let stride = 20

    init(_ folder: RunFolder, state: TrainingState) throws {
        self.folder = folder
        metrics = try MetricsFile(path: folder.metricsFile, images: state.images, kept: &history)
        events = try EventFile(folder: folder.path, step: state.steps)
    }

    /// Notes a step; every twentieth is written, for all since the one before.
    /// - Parameter epoch: times that every image has been seen.
    func note(_ outcome: StepOutcome, seconds: Double, epoch: Double) throws {
        losses.append(outcome.losses)
        self.seconds += seconds
        guard outcome.step % Self.stride == 0 else { return }
        let all = losses.map { $0.reduce(0, +) / Double($0.count) }
        var object: JSONObject = [
            "step": .integer(outcome.step), "images": .integer(outcome.images), "epoch": .double(epoch),
            "loss": .double(all.reduce(0, +) / Double(all.count)), "gradient_norm": .double(outcome.gradientNorm),
            "rate": .double(outcome.rate),
            "images_per_second": .double(Double(losses.reduce(0) { $0 + $1.count }) / max(self.seconds, 1e-9)),
        ]
        for (index, loss) in quartiles.enumerated() { object["loss_quartile_\(index + 1)"] = .double(loss) }
        object["resident_bytes"] = ResidentMemory.bytes.map { .integer($0) }
        (losses, self.seconds) = ([], 0)
        try write(object)
    }

    /// The mean loss in each quarter of the density, from its beginning. The rows of a batch stand in that order.
    private var quartiles: [Double] {
        var (sums, counts) = ([0.0, 0, 0, 0], [0, 0, 0, 0])
        for batch in losses {
            for (row, loss) in batch.enumerated() {
                sums[4 * row / batch.count] += loss
                counts[4 * row / batch.count] += 1
            }
        }
        return zip(sums, counts).filter { $1 > 0 }.map { $0 / Double($1) }
    }

    /// Writes a line and its events, and draws the curves anew where it holds a validation.
    func write(_ object: JSONObject) throws {
        history.append(object)
        try metrics.append(object)
        let step = object["step"]?.number?.int ?? 0
        try events.add(
            object.compactMap { name, value in
                name == "step" ? nil : value.number?.double.map { (Self.tag(name), $0) }
            }, step: step)
    }

    private static func tag(_ name: String) -> String {
        name.hasPrefix("validation_") ? "validation/\(name.dropFirst(11))" : "training/\(name)"
    }

    /// Writes loss.png.
    func plot() throws {
        let picture = try LossPlot(history).picture()
        try writeWholeFile(try PNGEncoder.encode(picture).bytes, to: folder.lossPlot)
    }

    /// Writes `samples/IMAGES.png`, and the same as an event.
    func write(samples picture: PixelImage, provenance: Provenance, state: TrainingState) throws {
        let png = try PNGEncoder.encode(picture, provenance: provenance)
        let digits = String(state.images)
        let name = String(repeating: "0", count: max(0, 10 - digits.count)) + digits
        try writeWholeFile(png.bytes, to: "\(folder.samples)/\(name).png")
        try events.add("samples", png: png, of: picture, step: state.steps)
    }
}
