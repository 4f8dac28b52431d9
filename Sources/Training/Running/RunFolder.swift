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
        for folder in made { try makeFolders(folder) }
        for folder in made + ["\(path)/cache", model, "\(model)/unet", "\(model)/scheduler"] {
            for name in names(in: folder) where name.hasSuffix(".part") {
                try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
            }
        }
    }

    /// Writes the settings as they are filled in.
    func write(_ settings: TrainingSettings) throws(CheckpointError) {
        let text = JSONWriter(indent: 2).write(.object(settings.json)) + [UInt8(ascii: "\n")]
        try writeWholeFile(text, to: settingsFile)
    }

    /// How the model of the run came to be. Its settings are told by the file itself, as it was written when the run
    /// began, whatever of them a later process was given otherwise.
    /// - Parameters:
    ///   - step: the step at which its weights stand.
    ///   - width: the relative width of the average that they are; nil for one of another kind.
    /// - Throws: `CheckpointError` where the file cannot be read.
    func summary(
        _ settings: TrainingSettings, step: Int, width: Double?
    ) throws(CheckpointError) -> TrainingSummary {
        guard let content = FileManager.default.contents(atPath: settingsFile) else {
            throw CheckpointError(path: settingsFile, expected: "the settings of the run", got: "no file to be read")
        }
        return TrainingSummary(
            command: "phantom train --config train.json", settings: Digest(of: Array(content)),
            images: step * settings.batch, averageWidth: width)
    }
}
