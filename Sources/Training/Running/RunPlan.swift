import Bytes
import Diffusion
import JSON
import Networks

/// A run with everything decided: settings filled in, network, objective.
public struct RunPlan: Sendable {
    public let settings: TrainingSettings
    public let network: NetworkPlan
    public let objective: Objective
    public let rate: LearningRate
    /// The digest of what the bits of the weights depend on; a saved state carries it.
    public let digest: Digest

    /// Sets of fewer images get more dropout.
    private static let smallSet = 3000
    /// Images that `sigma_data` is measured on at most.
    private static let measuredImages = 1000

    /// Fills in what the settings leave open.
    /// - Parameters:
    ///   - stored: the run's own train.json, where it is to go on.
    ///   - base: the network's fields of the folder `init`.
    ///   - rowsTogether: how many images of a batch the memory allows at once; asked where the settings do not say.
    /// - Throws: `TrainingError` where the settings fit neither data nor network, or are not those of `stored`.
    public init(
        _ given: TrainingSettings, images: RunImages, stored: TrainingSettings? = nil, base: JSONObject? = nil,
        rowsTogether: (NetworkPlan) throws -> Int
    ) throws {
        var settings = given
        settings.arithmetic = try Self.arithmetic(given, stored: stored)
        let training = images.training
        settings.data = .init(digest: training.digest, training: training.count, heldOut: images.heldOut?.count ?? 0)
        settings.dropout = given.dropout ?? stored?.dropout ?? (training.count < Self.smallSet ? 0.25 : 0.1)
        if settings.loss == .edm(data: nil), let stored { settings.loss = stored.loss }
        let weight = try settings.loss.weight { try Self.deviation(training) }
        if case .edm(let data) = weight { settings.loss = .edm(data: data) }
        network = try NetworkPlan(settings, images: training, base: stored?.model ?? base)
        settings.model = network.exported
        let together = try given.microBatch ?? stored?.microBatch ?? rowsTogether(network)
        settings.microBatch = max(1, min(settings.batch, together))
        let draw = try NoiseDraw(Self.process(settings), settings.noise)
        objective = Objective(draw: draw, prediction: settings.prediction, weight: weight)
        rate = LearningRate(
            peak: settings.optimiser.rate, warmup: settings.optimiser.warmup, steps: settings.steps)
        let essence = SettingsComparison.essence(settings)
        if let stored, let other = SettingsComparison.difference(SettingsComparison.essence(stored), essence) {
            throw TrainingError(
                "\(given.file): \(other.pointer)", expected: "\(other.first), as the run began", got: other.second,
                remedy: "go on with the settings of the run's folder, or begin another run in another folder")
        }
        digest = Digest(of: JSONWriter(sortedKeys: true, canonicalNumbers: true).write(.object(essence)))
        self.settings = settings
    }

    /// The version of this program's arithmetic, which a run and its continuation have to share.
    private static func arithmetic(_ given: TrainingSettings, stored: TrainingSettings?) throws(TrainingError) -> Int {
        let current = TrainingSettings.currentArithmetic
        let version = stored.map { $0.arithmetic.map { "\($0)" } ?? "none" } ?? "\(given.arithmetic ?? current)"
        guard version == "\(current)" else {
            throw TrainingError(
                "arithmetic", expected: "\(current), this program's", got: version,
                remedy: "go on with the program that began the run, or begin another run from its model by init")
        }
        return current
    }

    private static func process(_ settings: TrainingSettings) throws(TrainingError) -> NoiseProcess {
        do {
            return try settings.schedule.process(settings.prediction)
        } catch {
            throw TrainingError("schedule/\(error.field)", expected: error.expected, got: error.got)
        }
    }

    /// The deviation of the values of at most 1,000 images, evenly spread, in double precision.
    private static func deviation(_ images: any TrainingImages) throws -> Double {
        let count = min(images.count, measuredImages)
        var (sum, squares, values) = (0.0, 0.0, 0.0)
        for index in 0..<count {
            for value in try images.values(index * images.count / count) {
                sum += Double(value)
                squares += Double(value) * Double(value)
                values += 1
            }
        }
        let mean = sum / values
        let deviation = max(0, squares / values - mean * mean).squareRoot()
        guard deviation >= 1e-3, deviation.isFinite else {
            throw TrainingError(
                "dataset", expected: "images whose values differ", got: "a deviation of \(deviation)",
                remedy: "look at them with phantom dataset inspect")
        }
        return deviation
    }
}
