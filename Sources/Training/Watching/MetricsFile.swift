import Checkpoints
import FoundationEssentials
import JSON

/// `metrics.jsonl`: one object a line, in the order of the images seen.
struct MetricsFile: ~Copyable {
    private let file: AppendedFile

    /// Opens the file, or makes it. Lines of images after `images`, which an earlier process wrote and whose steps are
    /// made once more, are taken out, and lines that tell no number of images.
    /// - Returns: with `kept` the lines that stay.
    init(path: String, images: Int, kept: inout [JSONObject]) throws {
        if isFolder(path) != nil {
            let text = try Data(contentsOf: URL(filePath: path))
            var lines: [[UInt8]] = []
            for line in text.split(separator: UInt8(ascii: "\n")) {
                // A line that is cut off is one that a process was killed over.
                guard let object = try? JSONReader().read(Array(line)).object,
                    let number = object["images"]?.number?.int,
                    (0...images).contains(number)
                else { continue }
                kept.append(object)
                lines.append(Array(line))
            }
            var whole = try AtomicFile(path: path)
            try whole.write(lines.flatMap { $0 + [UInt8(ascii: "\n")] })
            try whole.commit()
        }
        file = try AppendedFile(path: path)
    }

    func append(_ object: JSONObject) throws(CheckpointError) {
        try file.append(object.serialized() + [UInt8(ascii: "\n")])
    }
}
