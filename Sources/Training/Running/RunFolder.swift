import Bytes
import Checkpoints
import FoundationEssentials
import JSON

/// The folder of a run: where its files lie.
public struct RunFolder: Sendable {
    public let path: String

    public init(_ path: String) { self.path = path }

    public var settingsFile: String { "\(path)/train.json" }
    var stateFile: String { "\(path)/state/training.safetensors" }
    public var model: String { "\(path)/model" }
    var averages: String { "\(path)/averages" }
    var samples: String { "\(path)/samples" }
    var metricsFile: String { "\(path)/metrics.jsonl" }
    var lossPlot: String { "\(path)/loss.png" }

    /// Whether a state was saved in it.
    public var hasState: Bool { isFolder(stateFile) != nil }

    /// The settings that the run began with; nil where none has.
    /// - Throws: `CheckpointError` or `TrainingError` for a file that is no train.json.
    public func storedSettings() throws -> TrainingSettings? {
        guard isFolder(settingsFile) != nil else { return nil }
        do {
            return try TrainingSettings(json: ConfigurationFile.read(settingsFile))
        } catch let error as JSONMismatch {
            throw TrainingError(settingsFile, error)
        }
    }

    /// Makes the folders, and takes away the parts of files that a process was killed over.
    func prepare() throws {
        let made = [path, "\(path)/state", averages, samples]
        for folder in made { try Self.makeFolders(folder) }
        for folder in made + ["\(path)/cache", model, "\(model)/unet", "\(model)/scheduler"] {
            for name in names(in: folder) where name.hasSuffix(".part") {
                try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
            }
        }
    }

    /// Writes the settings as they are filled in.
    func write(_ settings: TrainingSettings) throws(CheckpointError) {
        var file = try AtomicFile(path: settingsFile)
        try file.write(Self.content(settings))
        try file.commit()
    }

    /// What `train.json` holds of settings that are filled in.
    static func content(_ settings: TrainingSettings) -> [UInt8] {
        JSONWriter(indent: 2).write(.object(settings.json)) + [UInt8(ascii: "\n")]
    }

    /// How the model of a run came to be.
    /// - Parameters:
    ///   - step: the step at which its weights stand.
    ///   - width: the relative width of the average that they are; nil for one of another kind.
    static func summary(_ settings: TrainingSettings, step: Int, width: Double?) -> TrainingSummary {
        TrainingSummary(
            command: "phantom train --config train.json", settings: Digest(of: content(settings)),
            images: step * settings.batch, averageWidth: width)
    }

    /// Makes a folder and those above it.
    static func makeFolders(_ path: String) throws {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw CheckpointError(path: path, expected: "a folder that can be made", got: "\(error)")
        }
    }
}
