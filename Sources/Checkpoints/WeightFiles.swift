import JSON

/// Finds the weight files of one component folder: a single safetensors file, or the shards of an index, of the wanted
/// variant. File names and precedence are those of diffusers (`models/modeling_utils.py`, `_add_variant`).
struct WeightFiles {
    static let stem = "diffusion_pytorch_model"

    let folder: String
    let variant: String?

    init(folder: String, variant: String?) throws(CheckpointError) {
        self.folder = folder
        self.variant = variant
        let allowed = { (byte: UInt8) in
            byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") || Character(Unicode.Scalar(byte)).isASCIIAlphanumeric
        }
        if let variant, variant.isEmpty || !variant.utf8.allSatisfy(allowed) {
            throw CheckpointError(path: folder, item: "variant", expected: "letters, digits, _ and -", got: JSONValue.string(variant).summary)
        }
    }

    /// The opened files, shards in sorted order of their names.
    func open() throws(CheckpointError) -> [SafetensorsFile] {
        let infix = variant.map { ".\($0)" } ?? ""
        let indexes = ["\(Self.stem).safetensors.index\(infix).json", "\(Self.stem)\(infix).safetensors.index.json"]
        for index in indexes where isFolder("\(folder)/\(index)") == false { return try shards(index) }
        let single = "\(Self.stem)\(infix).safetensors"
        if isFolder("\(folder)/\(single)") == false { return [try SafetensorsFile(path: "\(folder)/\(single)")] }
        throw missing(single)
    }

    private func missing(_ wanted: String) -> CheckpointError {
        let present = names(in: folder).filter { $0.hasPrefix(Self.stem) }
        let pickles = present.filter { $0.hasSuffix(".bin") || $0.hasSuffix(".bin.index.json") }
        let usable = present.filter { !pickles.contains($0) }
        if usable.isEmpty, let pickle = pickles.first {
            return CheckpointError(
                path: "\(folder)/\(pickle)", expected: "safetensors weights (\(wanted))",
                got: "torch pickle weights, which are not read here: `phantom import`, in a later version, will convert them")
        }
        return CheckpointError(
            path: folder, expected: wanted,
            got: usable.isEmpty ? "no weights" : "only " + usable.joined(separator: ", ") + " (choose a variant)")
    }

    /// `{"metadata": {"total_size": bytes}, "weight_map": {key: file name}}`.
    private func shards(_ indexName: String) throws(CheckpointError) -> [SafetensorsFile] {
        let path = "\(folder)/\(indexName)"
        var map: [String: Set<String>] = [:]
        do {
            let root = JSONCursor(try ConfigurationFile.read(path))
            let weightMap = try root.required("weight_map")
            for (key, _) in try weightMap.object() {
                let cursor = try weightMap.required(key)
                let shard = try cursor.string()
                // A shard lies beside its index: no way out of the folder.
                guard shard.hasSuffix(".safetensors"), !shard.utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") || $0 == 0 }),
                    !shard.hasPrefix(".")
                else { throw cursor.mismatch(expected: "the name of a safetensors file in this folder") }
                map[shard, default: []].insert(key)
            }
        } catch let error as JSONMismatch {
            throw CheckpointError(path: path, error)
        } catch let error as CheckpointError {
            throw error
        } catch { throw CheckpointError(path: path, expected: "a weight index", got: "\(error)") }
        guard !map.isEmpty else { throw CheckpointError(path: path, item: "/weight_map", expected: "weights", got: "none") }
        var files: [SafetensorsFile] = []
        for (shard, keys) in map.sorted(by: { $0.key < $1.key }) {
            let file = try SafetensorsFile(path: "\(folder)/\(shard)")
            let held = Set(file.tensors.map(\.name))
            if let key = keys.subtracting(held).min() {
                throw CheckpointError(path: file.path, item: key, expected: "this weight, as \(indexName) says", got: "no such weight")
            }
            if let key = held.subtracting(keys).min() {
                throw CheckpointError(path: file.path, item: key, expected: "only weights that \(indexName) places here", got: "this one")
            }
            files.append(file)
        }
        return files
    }
}

extension WeightStore {
    /// The weights of several files under the names of today. Two weights of one name are refused.
    convenience init(files: [SafetensorsFile], origin: String) throws(CheckpointError) {
        var entries: [String: Entry] = [:]
        for file in files {
            for tensor in file.tensors {
                let name = LegacyNames.current(tensor.name)
                let shape = LegacyNames.currentShape(tensor.shape, of: name)
                if entries.updateValue(Entry(shape: shape, location: .file(file, tensor.name)), forKey: name) != nil {
                    throw CheckpointError(path: file.path, item: tensor.name, expected: "each weight once", got: "a second \(name)")
                }
            }
        }
        self.init(entries: entries, origin: origin)
    }
}

extension Character {
    fileprivate var isASCIIAlphanumeric: Bool { isASCII && (isLetter || isNumber) }
}
