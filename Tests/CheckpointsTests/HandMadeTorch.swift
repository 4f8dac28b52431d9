/// Pickles and zip files made by hand, right or wrong.
enum HandMadeTorch {
    /// A protocol 2 pickle around opcodes.
    static func pickle(_ body: [UInt8]) -> [UInt8] { [0x80, 2] + body + [0x2E] }

    static func text(_ text: String) -> [UInt8] { [0x58] + bytes(text.utf8.count, 4) + Array(text.utf8) }
    static func integer(_ value: Int) -> [UInt8] { value == Int(Int32(truncatingIfNeeded: value)) ? [0x4A] + bytes(value, 4) : [0x8A, 8] + bytes(value, 8) }
    static func tuple(_ parts: [[UInt8]]) -> [UInt8] { [0x28] + parts.joined() + [0x74] }
    static func global(_ module: String, _ name: String) -> [UInt8] { Array("c\(module)\n\(name)\n".utf8) }
    static func dictionary(_ members: [(String, [UInt8])]) -> [UInt8] { [0x7D] + members.flatMap { text($0.0) + $0.1 + [0x73] } }

    static func storage(_ kind: String = "FloatStorage", key: String = "0", count: Int) -> [UInt8] {
        tuple([text("storage"), global("torch", kind), text(key), text("cpu"), integer(count)]) + [0x51]
    }

    static func tensor(_ storage: [UInt8], offset: Int = 0, shape: [Int], strides: [Int]) -> [UInt8] {
        let hooks = global("collections", "OrderedDict") + [0x29, 0x52]
        let arguments = [storage, integer(offset), tuple(shape.map(integer)), tuple(strides.map(integer)), [0x89], hooks]
        return global("torch._utils", "_rebuild_tensor_v2") + tuple(arguments) + [0x52]
    }

    /// One stored entry of a zip file, and what its headers say of it.
    struct Entry {
        var name: String
        var data: [UInt8]
        var method = 0, flags = 0
        /// What the directory claims, where it lies.
        var size: Int?, offset: Int?, checksum: UInt32?
        /// The name in the local header, where it is another.
        var localName: String?
    }

    static func zip(_ entries: [Entry], comment: [UInt8] = [], count: Int? = nil) -> [UInt8] {
        var file: [UInt8] = [], directory: [UInt8] = []
        for entry in entries {
            let offset = entry.offset ?? file.count, size = entry.size ?? entry.data.count
            let sum = bytes(Int(entry.checksum ?? crc(entry.data)), 4), local = entry.localName ?? entry.name
            file += [0x50, 0x4B, 3, 4] + bytes(0, 2) + bytes(entry.flags, 2) + bytes(entry.method, 2) + bytes(0, 4) + sum
            file += bytes(size, 4) + bytes(size, 4) + bytes(local.utf8.count, 2) + bytes(0, 2) + Array(local.utf8) + entry.data
            directory += [0x50, 0x4B, 1, 2] + bytes(0, 4) + bytes(entry.flags, 2) + bytes(entry.method, 2) + bytes(0, 4) + sum
            directory += bytes(size, 4) + bytes(size, 4) + bytes(entry.name.utf8.count, 2) + bytes(0, 12) + bytes(offset, 4) + Array(entry.name.utf8)
        }
        let count = bytes(count ?? entries.count, 2)
        let end: [UInt8] = [0x50, 0x4B, 5, 6] + bytes(0, 4) + count + count + bytes(directory.count, 4) + bytes(file.count, 4)
        return file + directory + end + bytes(comment.count, 2) + comment
    }

    /// A file of torch.save: this pickle, and storages.
    static func file(_ pickle: [UInt8], storages: [String: [UInt8]] = [:]) -> [UInt8] {
        zip([Entry(name: "a/data.pkl", data: pickle)] + storages.sorted { $0.key < $1.key }.map { Entry(name: "a/data/\($0.key)", data: $0.value) })
    }

    static func bytes(_ value: Int, _ width: Int) -> [UInt8] { (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }

    static func floats(_ values: [Float]) -> [UInt8] { values.flatMap { bytes(Int($0.bitPattern), 4) } }

    /// Bit by bit.
    static func crc(_ data: [UInt8]) -> UInt32 {
        ~data.reduce(UInt32.max) { sum, byte in (0..<8).reduce(sum ^ UInt32(byte)) { word, _ in word >> 1 ^ (word & 1 == 1 ? 0xEDB8_8320 : 0) } }
    }
}
