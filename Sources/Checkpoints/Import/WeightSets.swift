/// One set of weights within a checkpoint file: a training checkpoint holds several, and an optimiser's state beside them.
package struct WeightSet: Sendable {
    /// Where it lies in the file, as `ema.shadow_params` or `4`; empty for the whole file.
    package let place: String
    package let tensors: [ForeignTensor]
    /// False for a bare list in the order of the parameters, as the EMA of score_sde is.
    package let isNamed: Bool
}

/// Finds the sets of weights in a file: dictionaries from names to tensors, and lists of tensors.
package struct WeightSets {
    let path: String
    package private(set) var sets: [WeightSet] = []

    init(_ file: SafetensorsFile) {
        path = file.path
        sets = [WeightSet(place: "", tensors: file.tensors.map { ForeignTensor($0, in: file) }, isNamed: true)]
    }

    package init(_ file: TorchFile) throws(CheckpointError) {
        path = file.path
        var finder = Finder(file: file, heap: file.document.heap)
        finder.search(file.document.root, place: "", depth: 0)
        sets = finder.sets
        guard !sets.isEmpty else {
            throw CheckpointError(path: path, expected: "weights: a dictionary from names to tensors", got: "none in \(file.document.root.summary)")
        }
        for set in sets { try requirePlausibleSizes(set, fileSize: file.size) }
    }

    /// Tied weights lie in a file once and count twice; a file that names far more elements than it has bytes is made to exhaust memory.
    private func requirePlausibleSizes(_ set: WeightSet, fileSize: Int) throws(CheckpointError) {
        var left = fileSize
        for tensor in set.tensors {
            guard tensor.elementCount <= left, tensor.shape.allSatisfy({ $0 <= 1 << 31 }) else {
                throw CheckpointError(path: path, item: tensor.name, expected: "weights that fit into \(fileSize) bytes", got: "shape \(tensor.shape)")
            }
            left -= tensor.elementCount
        }
    }

    /// The wanted set: the one at `place`, or the only one, or the averaged one (EMA) of a training checkpoint.
    package func choose(_ place: String?) throws(CheckpointError) -> WeightSet {
        let places = sets.map { $0.place.isEmpty ? "(the whole file)" : $0.place }.joined(separator: ", ")
        if let place {
            guard let set = sets.first(where: { $0.place == place }) ?? sets.first(where: { $0.place.hasPrefix("\(place).") }) else {
                throw CheckpointError(path: path, item: "weights", expected: "one of \(places)", got: place)
            }
            return try named(set)
        }
        if sets.count == 1 { return try named(sets[0]) }
        let averaged = sets.filter { $0.place.lowercased().contains("ema") || $0.place.hasSuffix("shadow_params") }
        if averaged.count == 1 { return try named(averaged[0]) }
        // ermongroup/ddim saves the list [model, optimiser, epoch, step, ema].
        if averaged.isEmpty, sets.count == 2, sets.map(\.place) == ["0", "4"] { return sets[1] }
        throw CheckpointError(path: path, item: "weights", expected: "a choice (--weights) among \(places)", got: "none")
    }

    /// A bare list gets the names of the file's other set, whose order in the file is the parameters' order.
    private func named(_ set: WeightSet) throws(CheckpointError) -> WeightSet {
        if set.isNamed { return set }
        var lists = sets.filter(\.isNamed)
        if lists.count > 1 { lists = lists.filter { $0.place == "model" } }
        guard let model = lists.first, lists.count == 1 else {
            throw CheckpointError(path: path, item: set.place, expected: "one set of named weights beside this bare list", got: "\(lists.count)")
        }
        // Buffers are in the model but are no parameters; `sigmas` is score_sde's, at its root.
        let parameters = model.tensors.filter { $0.name != "sigmas" && !$0.name.hasSuffix(".sigmas") }
        guard parameters.count == set.tensors.count else {
            throw CheckpointError(path: path, item: set.place, expected: "\(parameters.count) tensors, as \(model.place) has", got: "\(set.tensors.count)")
        }
        var tensors: [ForeignTensor] = []
        for (parameter, value) in zip(parameters, set.tensors) {
            guard parameter.shape == value.shape else {
                throw CheckpointError(path: path, item: "\(set.place), \(parameter.name)", expected: "shape \(parameter.shape)", got: "\(value.shape)")
            }
            tensors.append(value.renamed(parameter.name))
        }
        return WeightSet(place: set.place, tensors: tensors, isNamed: true)
    }
}

/// Walks the containers of a pickle, each once.
private struct Finder {
    let file: TorchFile
    let heap: PickleHeap
    var sets: [WeightSet] = []
    private var seen: Set<Place> = []

    private enum Place: Hashable { case list(Int), dictionary(Int) }

    init(file: TorchFile, heap: PickleHeap) { (self.file, self.heap) = (file, heap) }

    /// Weights lie at most three containers deep, as in {"state": {"ema": {"shadow_params": [...]}}}.
    mutating func search(_ value: PickleValue, place: String, depth: Int) {
        guard depth <= 3 else { return }
        switch value {
        case .dictionary(let index) where seen.insert(.dictionary(index)).inserted: search(heap.dictionaries[index], place, depth)
        case .list(let index) where seen.insert(.list(index)).inserted: search(heap.lists[index], place, depth)
        default: break
        }
    }

    private mutating func search(_ members: [PickleHeap.Member], _ place: String, _ depth: Int) {
        let tensors = members.compactMap { member -> ForeignTensor? in
            guard case .text(let name) = member.key, case .tensor(let tensor) = member.value else { return nil }
            return ForeignTensor(name, tensor, in: file)
        }
        if !tensors.isEmpty, tensors.count == members.count {
            sets.append(WeightSet(place: place, tensors: tensors, isNamed: true))
            return
        }
        for member in members {
            // An optimiser numbers its parameters: keys that are no text hold no weights.
            guard case .text(let name) = member.key else { continue }
            search(member.value, place: place.isEmpty ? name : "\(place).\(name)", depth: depth + 1)
        }
    }

    private mutating func search(_ elements: [PickleValue], _ place: String, _ depth: Int) {
        let tensors = elements.enumerated().compactMap { index, element -> ForeignTensor? in
            guard case .tensor(let tensor) = element else { return nil }
            return ForeignTensor("\(index)", tensor, in: file)
        }
        if !tensors.isEmpty, tensors.count == elements.count {
            sets.append(WeightSet(place: place, tensors: tensors, isNamed: false))
            return
        }
        for (index, element) in elements.enumerated() {
            search(element, place: place.isEmpty ? "\(index)" : "\(place).\(index)", depth: depth + 1)
        }
    }
}
