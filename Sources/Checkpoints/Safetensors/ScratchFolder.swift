import FoundationEssentials

/// A folder for what a command makes on the way, below `TMPDIR` or `/tmp`, which only its owner can look into:
/// patients' pixels may lie in it.
package struct ScratchFolder: Sendable {
    package let path: String

    /// - Parameter name: what it is for, as in `/tmp/phantom-index-...`.
    /// - Throws: `CheckpointError` where it cannot be made.
    package init(_ name: String) throws(CheckpointError) {
        path = FileManager.default.temporaryDirectory.path + "/phantom-\(name)-\(UUID().uuidString)"
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        } catch {
            throw CheckpointError(path: path, expected: "a folder that can be made", got: "none")
        }
    }

    /// Takes it away with all that is in it; maps of its files stay whole. A second time nothing happens.
    package func remove() {
        // Whoever still writes into it may put a file behind the first time.
        for _ in 0..<10 where isFolder(path) == true { try? FileManager.default.removeItem(atPath: path) }
    }
}
