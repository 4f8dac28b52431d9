import Checkpoints
import JSON

extension TrainingSettings {
    /// Reads a train.json.
    /// - Throws: `CheckpointError` for a file that cannot be read or is no JSON, `TrainingError` for what it says.
    public init(file: String) throws {
        let object = try ConfigurationFile.read(file)
        do {
            try self.init(json: object)
            self.file = file
        } catch let error as JSONMismatch {
            throw TrainingError(file, error)
        }
    }
}
