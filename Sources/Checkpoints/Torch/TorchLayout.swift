/// Where things are in a torch file.
struct TorchLayout {
    let document: PickleDocument
    let storages: [String: Range<Int>]

    /// A zip with one top folder: `data.pkl`, `data/<key>`, perhaps `byteorder` (torch `serialization.py`, `_save`).
    init(zip file: MappedFile) throws(CheckpointError) {
        let archive = try ZipArchive(file: file)
        guard
            let pickle = archive.entries.first(where: {
                $0.name.hasSuffix("/data.pkl") && $0.name.split(separator: "/").count == 2
            })
        else {
            throw CheckpointError(
                path: file.path, expected: "a zip file of torch.save, with data.pkl in it", got: "another zip file")
        }
        let folder = pickle.name.dropLast("data.pkl".count)
        if archive.entries.contains(where: { $0.name.hasPrefix("\(folder)code/") }) {
            throw CheckpointError(
                path: file.path, expected: "saved weights", got: "a TorchScript program: save its state_dict instead")
        }
        if let order = archive.entries.first(where: { $0.name == "\(folder)byteorder" }) {
            let word = try file.bytes(at: order.bytes.lowerBound, count: min(16, order.bytes.count))
            guard word.elementsEqual("little".utf8) else {
                throw CheckpointError(
                    path: file.path, item: "byteorder", expected: "little", got: String(decoding: word, as: UTF8.self))
            }
        }
        guard pickle.bytes.count <= PickleMachine.maximumLength else {
            throw CheckpointError(
                path: file.path, item: "data.pkl", expected: "at most \(PickleMachine.maximumLength) bytes",
                got: "\(pickle.bytes.count)")
        }
        try archive.verify(file)
        document = try PickleMachine.read(
            try file.bytes(at: pickle.bytes.lowerBound, count: pickle.bytes.count), path: file.path, item: "data.pkl")
        let data = "\(folder)data/"
        storages = Dictionary(
            uniqueKeysWithValues: archive.entries.filter { $0.name.hasPrefix(data) }.map {
                (String($0.name.dropFirst(data.count)), $0.bytes)
            })
    }

    /// Five pickles (magic number, protocol 1001, machine, the object, the storages' keys), then each storage in the
    /// order of the keys: a count of elements in 8 bytes, and the elements (torch `serialization.py`, `_legacy_save`).
    init(pickles file: MappedFile) throws(CheckpointError) {
        let bytes = try file.bytes(at: 0, count: min(file.size, PickleMachine.maximumLength))
        func fault(_ expected: String, _ got: String) -> CheckpointError {
            CheckpointError(path: file.path, expected: expected, got: got)
        }
        func read(_ item: String, after end: Int) throws(CheckpointError) -> PickleDocument {
            try PickleMachine.read(bytes, from: end, path: file.path, item: item)
        }
        let magic = try read("magic number", after: 0)
        guard magic.root == .largeInteger(TorchContainer.magic) else {
            throw fault("torch's magic number", magic.root.summary)
        }
        let version = try read("protocol", after: magic.end)
        guard version.root == .integer(1001) else { throw fault("torch's protocol 1001", version.root.summary) }
        let machine = try read("machine", after: version.end)
        guard case .dictionary(let place) = machine.root,
            machine.heap.dictionaries[place].contains(where: {
                $0.key == .text("little_endian") && $0.value == .bool(true)
            })
        else { throw fault("a little-endian machine", "another") }
        document = try read("object", after: machine.end)
        let keys = try read("storage keys", after: document.end)
        guard let names = keys.heap.elements(keys.root) else {
            throw fault("a list of storage keys", keys.root.summary)
        }
        storages = try Self.storages(names, document: document, file: file, from: keys.end)
    }

    /// The count before each storage is of elements, whose width its persistent id told.
    private static func storages(
        _ names: [PickleValue], document: PickleDocument, file: MappedFile, from start: Int
    ) throws(CheckpointError) -> [String: Range<Int>] {
        var offset = start
        var result: [String: Range<Int>] = [:]
        for name in names {
            guard case .text(let key) = name, let width = document.heap.storageWidths[key] else {
                throw CheckpointError(
                    path: file.path, item: "storage keys", expected: "keys of the object's storages", got: name.summary)
            }
            var reader = ByteReader(try file.bytes(at: offset, count: 8), path: file.path, item: "storage \(key)")
            let (length, overflow) = try reader.integer(8).multipliedReportingOverflow(by: width)
            guard !overflow, length <= file.size - offset - 8, result[key] == nil else {
                throw CheckpointError(
                    path: file.path, item: "storage \(key)", expected: "its elements within the file, once",
                    got: "\(length) bytes at \(offset + 8)")
            }
            result[key] = offset + 8..<offset + 8 + length
            offset += 8 + length
        }
        guard offset == file.size else {
            throw CheckpointError(
                path: file.path, item: "storages", expected: "the end of the file at \(offset)", got: "\(file.size)")
        }
        return result
    }
}
