import JSON

/// Finds the weight files of one component folder: a single safetensors file, or the shards of an index, of the wanted
/// variant. File names and precedence are those of diffusers (`models/modeling_utils.py`, `_add_variant`).
package struct WeightFiles {
    static let stem = "diffusion_pytorch_model"

    let folder: String
    let variant: String?

    init(folder: String, variant: String?) throws(CheckpointError) {
        self.folder = folder
        self.variant = variant
        if let variant, !Self.isVariant(variant) {
            throw CheckpointError(
                path: folder, item: "variant", expected: Self.variantExpectation,
                got: JSONValue.string(variant).summary)
        }
    }

    /// Whether `text` can be a variant: it is a part of files' names.
    package static func isVariant(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
                    || Character(Unicode.Scalar(byte)).isASCIIAlphanumeric
            }
    }

    /// What `isVariant` asks for, in words.
    package static let variantExpectation = "letters, digits, _ and -"

    /// The opened files, shards in sorted order of their names.
    func open() throws(CheckpointError) -> [SafetensorsFile] {
        if let index = index(of: "safetensors") { return try shards(index) }
        if let single = single("safetensors") { return [try SafetensorsFile(path: "\(folder)/\(single)")] }
        throw missing("\(Self.stem)\(infix).safetensors")
    }

    private var infix: String { variant.map { ".\($0)" } ?? "" }

    /// The name of the index of shards, or of the single file, if it is there. Both spellings of an index's variant are
    /// in use.
    private func index(of suffix: String) -> String? {
        ["\(Self.stem).\(suffix).index\(infix).json", "\(Self.stem)\(infix).\(suffix).index.json"]
            .first { isFolder("\(folder)/\($0)") == false }
    }

    private func single(_ suffix: String) -> String? {
        let name = "\(Self.stem)\(infix).\(suffix)"
        return isFolder("\(folder)/\(name)") == false ? name : nil
    }

    var hasSafetensors: Bool { index(of: "safetensors") != nil || single("safetensors") != nil }

    /// The variants of which the folder has weights, the plain one (nil) first.
    static func variants(in folder: String) -> [String?] {
        var found: Set<String> = []
        for name in names(in: folder) where name.hasPrefix("\(stem).") {
            var parts = name.dropFirst(stem.count + 1).split(separator: ".").map(String.init)
            guard let format = parts.firstIndex(where: { $0 == "safetensors" || $0 == "bin" }) else { continue }
            let isIndex = parts.last == "json" && parts.contains("index")
            guard isIndex || format == parts.count - 1 else { continue }
            parts.removeAll { ["safetensors", "bin", "index", "json"].contains($0) }
            if parts.count <= 1 { found.insert(parts.first ?? "") }
        }
        return found.sorted().map { $0.isEmpty ? nil : $0 }
    }

    private func missing(_ wanted: String) -> CheckpointError {
        let present = names(in: folder).filter { $0.hasPrefix(Self.stem) }
        let pickles = present.filter { $0.hasSuffix(".bin") || $0.hasSuffix(".bin.index.json") }
        let usable = present.filter { !pickles.contains($0) }
        if usable.isEmpty, let pickle = pickles.first {
            return CheckpointError(
                path: "\(folder)/\(pickle)", expected: "safetensors weights (\(wanted))",
                got: "torch pickle weights: `phantom import` makes a folder with safetensors of this one")
        }
        guard !usable.isEmpty else { return CheckpointError(path: folder, expected: wanted, got: "no weights") }
        let advice =
            variant == nil
            ? "`--variant` reads one of them, `phantom import` makes a folder of it that is served" : "choose a variant"
        return CheckpointError(
            path: folder, expected: wanted, got: "only \(usable.joined(separator: ", ")) (\(advice))")
    }

    /// `{"metadata": {"total_size": bytes}, "weight_map": {key: file name}}`.
    private func shardKeys(_ indexName: String, suffix: String) throws(CheckpointError) -> [(
        shard: String, keys: Set<String>
    )] {
        let path = "\(folder)/\(indexName)"
        var map: [String: Set<String>] = [:]
        do {
            let root = JSONCursor(try ConfigurationFile.read(path))
            let weightMap = try root.required("weight_map")
            for (key, _) in try weightMap.object() {
                let cursor = try weightMap.required(key)
                let shard = try cursor.string()
                // A shard lies beside its index: no way out of the folder.
                guard shard.hasSuffix(".\(suffix)"),
                    !shard.utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") || $0 == 0 }),
                    !shard.hasPrefix(".")
                else { throw cursor.mismatch(expected: "the name of a \(suffix) file in this folder") }
                map[shard, default: []].insert(key)
            }
        } catch let error as JSONMismatch {
            throw CheckpointError(path: path, error)
        } catch let error as CheckpointError {
            throw error
        } catch { throw CheckpointError(path: path, expected: "a weight index", got: "\(error)") }
        guard !map.isEmpty else {
            throw CheckpointError(path: path, item: "/weight_map", expected: "weights", got: "none")
        }
        return map.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private func shards(_ indexName: String) throws(CheckpointError) -> [SafetensorsFile] {
        var files: [SafetensorsFile] = []
        for (shard, keys) in try shardKeys(indexName, suffix: "safetensors") {
            let file = try SafetensorsFile(path: "\(folder)/\(shard)")
            try require(keys, in: Set(file.tensors.map(\.name)), of: file.path, indexName)
            files.append(file)
        }
        return files
    }

    private func require(_ keys: Set<String>, in held: Set<String>, of path: String, _ indexName: String)
        throws(CheckpointError)
    {
        if let key = keys.subtracting(held).min() {
            throw CheckpointError(
                path: path, item: key, expected: "this weight, as \(indexName) says", got: "no such weight")
        }
        if let key = held.subtracting(keys).min() {
            throw CheckpointError(
                path: path, item: key, expected: "only weights that \(indexName) places here", got: "this one")
        }
    }

    /// The weights of a folder that has torch's `.bin` files: one, or the shards of an index. Nil if it has none.
    func openPickles() throws(CheckpointError) -> [ForeignTensor]? {
        if let single = single("bin") { return try WeightSets(TorchFile(path: "\(folder)/\(single)")).single().tensors }
        guard let index = index(of: "bin") else { return nil }
        var tensors: [ForeignTensor] = []
        for (shard, keys) in try shardKeys(index, suffix: "bin") {
            let held = try WeightSets(TorchFile(path: "\(folder)/\(shard)")).single().tensors
            try require(keys, in: Set(held.map(\.name)), of: "\(folder)/\(shard)", index)
            tensors += held
        }
        return tensors
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
                    throw CheckpointError(
                        path: file.path, item: tensor.name, expected: "each weight once", got: "a second \(name)")
                }
            }
        }
        self.init(entries: entries, origin: origin)
    }
}

extension Character {
    fileprivate var isASCIIAlphanumeric: Bool { isASCII && (isLetter || isNumber) }
}
