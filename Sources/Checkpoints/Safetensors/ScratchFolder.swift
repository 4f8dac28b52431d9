import FoundationEssentials

/// A folder for what a command makes on the way, below `TMPDIR` or `/tmp`, which only its owner can look into:
/// patients' pixels may lie in it.
package struct ScratchFolder: Sendable {
    package let path: String

    /// Makes one.
    /// - Parameter name: what it is for, as in `/tmp/phantom-index-...`.
    /// - Throws: `CheckpointError` where it cannot be made.
    package init(_ name: String) throws(CheckpointError) {
        self.init(toBeMade: name)
        try make()
    }

    /// The place of one that is not there yet, for whoever has to know it before anything is there.
    package init(toBeMade name: String) {
        path = FileManager.default.temporaryDirectory.path + "/phantom-\(name)-\(UUID().uuidString)"
    }

    /// - Throws: `CheckpointError` where it cannot be made.
    package func make() throws(CheckpointError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        } catch {
            throw CheckpointError(path: path, expected: "a folder that can be made", got: "none")
        }
    }

    /// Takes it away with all that is in it; maps of its files stay whole. A second time nothing happens.
    package func remove() {
        // Under another name first: whoever still writes into it finds no place, where he would put one file after
        // another behind what is removed. A file on its way just then, or the folder made anew, takes a second round.
        let leaving = path + "-leaving"
        for _ in 0..<10 where isFolder(path) == true || isFolder(leaving) == true {
            try? FileManager.default.moveItem(atPath: path, toPath: leaving)
            try? FileManager.default.removeItem(atPath: leaving)
        }
    }
}
