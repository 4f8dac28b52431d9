import Bytes
import Checkpoints

/// A zip archive of files as they are: PNG does not get smaller. It appears whole or not at all, and the same files
/// make the same bytes.
struct ZipFile: ~Copyable {
    private var file: AtomicFile
    private var zip = ZipWriter()

    init(path: String) throws { file = try AtomicFile(path: path) }

    /// - Parameters:
    ///   - content: less than 4 GiB.
    ///   - name: path in the archive.
    /// - Throws: what writing throws.
    mutating func add(_ content: [UInt8], name: String) throws {
        try file.write(zip.begin(name, content))
        try file.write(content)
    }

    /// Writes the directory and puts the archive in its place.
    consuming func finish() throws {
        try file.write(zip.end())
        try file.commit()
    }
}

extension LabelledSet {
    /// Writes the finished set, images and tables, into one archive.
    /// - Throws: `EvaluationError` for a file that is gone; what writing throws.
    public func archive(to path: String) throws {
        var zip = try ZipFile(path: path)
        for name in ["labels.csv", "manifest.csv"] + keptFiles {
            guard let content = Self.contents("\(folder)/\(name)") else {
                throw EvaluationError("\(folder)/\(name)", expected: "a file of the set", got: "none")
            }
            try zip.add(content, name: name)
        }
        try zip.finish()
    }
}
