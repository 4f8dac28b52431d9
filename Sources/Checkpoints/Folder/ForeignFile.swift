/// What a file is that lies where weights or JSON should: told by its first bytes, for messages.
enum ForeignFile {
    /// In words with the way out, or nil for bytes that could be anything.
    static func describe(_ file: MappedFile) throws(CheckpointError) -> String? {
        describe(try file.bytes(at: 0, count: min(file.size, 512)))
    }

    static func describe(_ head: [UInt8]) -> String? {
        if head.isEmpty { return "an empty file: it was not downloaded whole" }
        if head.allSatisfy({ $0 == 0 }) { return "nothing but zeros: it was not downloaded whole" }
        if let kind = magics.first(where: { head.starts(with: $0.bytes) }) { return kind.what }
        if head.count > 262, head[257..<262].elementsEqual("ustar".utf8) { return "a tar archive: unpack it first" }
        guard let text = String(validating: head.prefix { $0 < 0x80 }, as: UTF8.self)?.drop(while: \.isWhitespace),
            text.utf8.count >= min(head.count, 8)
        else { return nil }
        if text.hasPrefix("version https://git-lfs.github.com/spec") {
            return "a Git LFS pointer, which only names the file: `git lfs pull` in its repository fetches it"
        }
        let lower = text.prefix(64).lowercased()
        if lower.hasPrefix("<!doctype html") || lower.hasPrefix("<html") {
            return "an HTML page: the download gave a page (to log in, or about the file) instead of the file"
        }
        if lower.hasPrefix("<?xml") || lower.hasPrefix("<error") {
            return "an XML document, such as a refused download"
        }
        if text.hasPrefix("{") || text.hasPrefix("[") { return "JSON" }
        return nil
    }

    private static let magics: [(bytes: [UInt8], what: String)] = [
        ([0x1F, 0x8B], "gzip: unpack it first"),
        ([0x42, 0x5A, 0x68], "bzip2: unpack it first"),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "xz: unpack it first"),
        ([0x28, 0xB5, 0x2F, 0xFD], "zstd: unpack it first"),
        ([0x37, 0x7A, 0xBC, 0xAF], "a 7z archive: unpack it first"),
        ([0x50, 0x4B, 0x03, 0x04], "a zip archive"),
        ([0x89, 0x48, 0x44, 0x46], "HDF5, as Keras writes it: Keras's networks are not read"),
        ([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59], "a numpy array, not a checkpoint"),
        ([0x47, 0x47, 0x55, 0x46], "GGUF, whose quantised weights are not read"),
        ([0x89, 0x50, 0x4E, 0x47], "a PNG image"),
        ([0x25, 0x50, 0x44, 0x46], "a PDF document"),
        ([0x08, 0x07, 0x12], "ONNX: the graph keeps no names of layers, import the checkpoint that it was made of"),
        ([0x08, 0x08, 0x12], "ONNX: the graph keeps no names of layers, import the checkpoint that it was made of"),
        ([0x80, 0x02], "a pickle that torch.save did not write: save model.state_dict() with torch.save"),
        ([0x80, 0x03], "a pickle that torch.save did not write: save model.state_dict() with torch.save"),
        ([0x80, 0x04], "a pickle that torch.save did not write: save model.state_dict() with torch.save"),
        ([0x80, 0x05], "a pickle that torch.save did not write: save model.state_dict() with torch.save"),
    ]
}
