/// One set of weights within a checkpoint file: a training checkpoint holds several, and an optimiser's state beside
/// them.
package struct WeightSet: Sendable {
    /// Where it lies in the file, as `ema.shadow_params` or `4`; empty for the whole file.
    package let place: String
    package let tensors: [ForeignTensor]
    /// False for a bare list in the order of the parameters, as the EMA of score_sde is.
    package let isNamed: Bool
    /// Whether `tensors` stand in the order in which they were saved: safetensors files sort theirs.
    var keepsOrder = true
    /// Names beside the tensors' whose values are opaque, and what made them.
    var objects: [String: String] = [:]
}

/// Something in a file that is no set of weights, in words.
struct CheckpointMember: Sendable, Equatable {
    let place: String
    let what: String
}

/// Finds the sets of weights in a file: dictionaries from names to tensors, and lists of tensors.
package struct WeightSets {
    let path: String
    package private(set) var sets: [WeightSet] = []
    /// What else lies in the containers that were searched, to a bounded number.
    private(set) var others: [CheckpointMember] = []
    /// The globals of the pickle that became opaque values, sorted.
    private(set) var opaqueNames: [String] = []
    /// What the file holds as a whole, in words.
    private let summary: String
    /// A checkpoint has some ten; each is held against the others.
    static let maximumSets = 1000

    init(_ file: SafetensorsFile) {
        path = file.path
        summary = "a safetensors file"
        var set = WeightSet(place: "", tensors: file.tensors.map { ForeignTensor($0, in: file) }, isNamed: true)
        set.keepsOrder = false
        sets = [set]
    }

    package init(_ file: TorchFile) throws(CheckpointError) {
        path = file.path
        var finder = WeightFinder(file: file, heap: file.document.heap)
        finder.search(file.document.root, place: "", depth: 0)
        (sets, others) = (finder.sets, finder.others)
        guard sets.count <= Self.maximumSets else {
            throw CheckpointError(
                path: path, expected: "at most \(Self.maximumSets) sets of weights", got: "\(sets.count)")
        }
        opaqueNames = file.document.heap.opaqueNames.sorted()
        summary = file.document.root.summary
        for set in sets { try requirePlausibleSizes(set, fileSize: file.size) }
    }

    /// A file of torch.save or of safetensors, told by its first bytes.
    init(path: String) throws(CheckpointError) {
        let file = try MappedFile(path: path)
        let head = try file.bytes(at: 0, count: min(file.size, 16))
        // A header's length, and its brace.
        if path.hasSuffix(".safetensors")
            || head.count > 8 && head[8] == UInt8(ascii: "{") && head[5...7].allSatisfy({ $0 == 0 })
        {
            self = WeightSets(try SafetensorsFile(path: path))
        } else {
            self = try WeightSets(try TorchFile(path: path))
        }
    }

    /// Tied weights lie in a file once and count twice; a file that names far more elements than it has bytes is made
    /// to exhaust memory.
    private func requirePlausibleSizes(_ set: WeightSet, fileSize: Int) throws(CheckpointError) {
        var left = fileSize
        for tensor in set.tensors {
            guard tensor.elementCount <= left, tensor.shape.allSatisfy({ $0 <= 1 << 31 }) else {
                throw CheckpointError(
                    path: path, item: tensor.name, expected: "weights that fit into \(fileSize) bytes",
                    got: "shape \(tensor.shape)")
            }
            left -= tensor.elementCount
        }
    }

    /// The one set of named weights in a file that is no training checkpoint, as a shard is.
    package func single() throws(CheckpointError) -> WeightSet {
        let named = sets.filter(\.isNamed)
        guard named.count == 1, let set = named.first else {
            throw named.isEmpty
                ? withoutWeights : CheckpointError(path: path, expected: "one set of weights", got: "\(named.count)")
        }
        if let object = set.objects.min(by: { $0.key < $1.key }) {
            throw CheckpointError(
                path: path, item: object.key, expected: "a tensor", got: Self.unreadable(object.value))
        }
        return set
    }

    /// What to say of a file with no set of weights at all.
    var withoutWeights: CheckpointError {
        // The whole file, or a member of it, may be a module of which only its own code knows how to make weights.
        let object = others.first { $0.what.hasPrefix("an object of ") }
        let got = object.map {
            ($0.place.isEmpty ? "" : "at \($0.place) ")
                + Self.unreadable(String($0.what.dropFirst("an object of ".count)))
        }
        return CheckpointError(
            path: path, expected: "weights: a dictionary from names to tensors", got: got ?? "none in \(summary)")
    }

    static func unreadable(_ name: String) -> String {
        "an object of \(name), whose contents only its own code can tell: save model.state_dict() instead of it"
    }

    /// A bare list gets the names of one of the file's other sets, whose order in the file is the parameters' order.
    package func named(_ list: WeightSet) throws(CheckpointError) -> WeightSet {
        func fault(_ item: String, _ expected: String, _ got: String) -> CheckpointError {
            CheckpointError(path: path, item: item, expected: expected, got: got)
        }
        var lists = sets.filter { $0.isNamed && $0.keepsOrder }
        let counted = lists.filter { Self.parameters($0).count == list.tensors.count }
        if !counted.isEmpty { lists = counted }
        if lists.count > 1, let model = lists.first(where: { $0.place == "model" }) { lists = [model] }
        guard let model = lists.first, lists.count == 1 else {
            throw fault(list.place, "one set of named weights beside this bare list", "\(lists.count)")
        }
        let parameters = Self.parameters(model)
        guard parameters.count == list.tensors.count else {
            throw fault(list.place, "\(parameters.count) tensors, as \(model.place) has", "\(list.tensors.count)")
        }
        var tensors: [ForeignTensor] = []
        for (parameter, value) in zip(parameters, list.tensors) {
            guard parameter.shape == value.shape else {
                throw fault("\(list.place), \(parameter.name)", "shape \(parameter.shape)", "\(value.shape)")
            }
            tensors.append(value.renamed(parameter.name))
        }
        return WeightSet(place: list.place, tensors: tensors, isNamed: true)
    }

    /// Buffers are in the model but are no parameters; `sigmas` is score_sde's, at its root.
    private static func parameters(_ model: WeightSet) -> [ForeignTensor] {
        model.tensors.filter { $0.name != "sigmas" && !$0.name.hasSuffix(".sigmas") }
    }
}
