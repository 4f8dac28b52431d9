/// A file of `torch.save`: a zip with a pickle and raw storages, or the run of pickles before torch 1.6. Opening reads
/// the pickle as data and checks the layout; nothing in the file is ever run.
public final class TorchFile: Sendable {
    public let path: String
    /// Bytes of the file.
    public var size: Int { file.size }
    let document: PickleDocument
    private let file: MappedFile
    /// Where each storage's bytes lie.
    private let storages: [String: Range<Int>]

    /// Throws `CheckpointError` for whatever is laid out wrongly, and for an opcode that is not known.
    public init(path: String) throws(CheckpointError) {
        self.path = path
        file = try MappedFile(path: path)
        let layout: TorchLayout
        switch TorchContainer(try file.bytes(at: 0, count: min(16, file.size))) {
        case .zip: layout = try TorchLayout(zip: file)
        case .pickles: layout = try TorchLayout(pickles: file)
        case nil:
            throw CheckpointError(
                path: path, expected: "a checkpoint: a file of torch.save, or safetensors",
                got: try ForeignFile.describe(file) ?? "something else")
        }
        (document, storages) = (layout.document, layout.storages)
    }

    /// A tensor's elements as Float32, row major. Throws if its storage is missing or too short.
    func floats(_ tensor: TorchTensor, name: String) throws(CheckpointError) -> [Float] {
        let storage = tensor.storage, width = storage.dtype.bits / 8
        guard let bytes = storages[storage.key] else {
            throw CheckpointError(path: path, item: name, expected: "storage \(storage.key)", got: "none")
        }
        guard storage.count <= bytes.count / width else {
            throw CheckpointError(
                path: path, item: name,
                expected: "\(storage.count) elements of \(storage.dtype.rawValue) in storage \(storage.key)",
                got: "\(bytes.count) bytes")
        }
        let elements = try file.floats(
            storage.dtype, at: bytes.lowerBound + tensor.offset * width, count: tensor.extent)
        guard let elements else {
            throw CheckpointError(
                path: path, item: name, expected: "a type that can be read", got: storage.dtype.rawValue)
        }
        return tensor.gathered(elements)
    }
}

/// What a file begins with.
enum TorchContainer {
    case zip, pickles

    /// The magic number of old files, 0x1950a86a20f9469cfc6c, as a pickle: PROTO 2, LONG1 of ten bytes, little-endian.
    static let magic: [UInt8] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]

    init?(_ head: [UInt8]) {
        if head.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
            self = .zip
        } else if head.starts(with: [0x80, 0x02, 0x8A, 0x0A] + Self.magic) {
            self = .pickles
        } else {
            return nil
        }
    }
}
