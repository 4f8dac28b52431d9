import Checkpoints
import FoundationEssentials

/// The index of a model's folder.
extension CopyIndex {
    /// Bytes of a file at most: of `mostImages`.
    private static let mostBytes = mostImages * 1300

    /// Reads the index that lies in a model's folder.
    /// - Returns: nil where there is none.
    /// - Throws: `CopyError` for a file that is none.
    public static func read(model folder: String) throws(CopyError) -> CopyIndex? {
        let path = "\(folder)/\(fileName)"
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        guard attributes?[.type] as? FileAttributeType == .typeRegular, let size = attributes?[.size] as? Int else {
            throw CopyError(path, expected: "a readable file", got: "something else")
        }
        guard size <= mostBytes else { throw CopyError(path, expected: "at most \(mostBytes) bytes", got: "\(size)") }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CopyError(path, expected: "a readable file", got: "one that cannot be read")
        }
        return try CopyIndex(bytes: Array(data), place: path)
    }

    /// The same, of images like those that a model makes.
    /// - Throws: `CopyError` also for an index of images of another size or of other channels.
    public static func read(model folder: String, width: Int, height: Int, channels: Int) throws(CopyError)
        -> CopyIndex?
    {
        guard let index = try read(model: folder) else { return nil }
        guard index.origin.width == width, index.origin.height == height, index.origin.channels == channels else {
            throw CopyError(
                "\(folder)/\(fileName)",
                expected: "an index of images of \(width)x\(height), \(channels) channel(s), as the model makes",
                got: "that of \(index.origin.text)")
        }
        return index
    }

    /// Writes the index into a model's folder: whole, or not at all.
    /// - Throws: `CheckpointError` with the file and the system's reason.
    public func write(model folder: String) throws {
        try writeWholeFile(bytes, to: "\(folder)/\(Self.fileName)")
    }
}
