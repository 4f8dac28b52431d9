/// A network of a known family in a checkpoint: the weights of one set that stand below one prefix.
struct WeightCandidate {
    /// The file's name, where several lie in a folder; else empty.
    let file: String
    let set: WeightSet
    let family: any ImportFamily.Type
    /// What stands before its weights' names: `module.`, `ema_model.`, ...
    let prefix: String
    /// The prefixes of other networks below its own, whose weights are not its.
    let nested: [String]
    /// What `--weights` calls it.
    let label: String
    var isAveraged: Bool

    var option: WeightChoice.Option { .init(label: label, isAveraged: isAveraged) }

    /// Its weights without the prefix.
    var tensors: [ForeignTensor] {
        self.set.tensors.filter { holds($0.name) }.map { $0.renamed(String($0.name.dropFirst(prefix.count))) }
    }

    private func holds(_ name: String) -> Bool { name.hasPrefix(prefix) && !nested.contains { name.hasPrefix($0) } }

    /// - Throws: if one of its weights is an object of a class that is not known here.
    func requireTensors(path: String) throws(CheckpointError) {
        guard let object = set.objects.filter({ holds($0.key) }).min(by: { $0.key < $1.key }) else { return }
        throw CheckpointError(
            path: path, item: object.key, expected: "a tensor", got: WeightSets.unreadable(object.value))
    }

    /// The networks in the sets of a file. A set in which no family is found is none: Lightning's `best_k_models` holds
    /// paths and losses, an optimiser's state averages of gradients.
    static func all(in file: WeightSets, named name: String) -> [WeightCandidate] {
        var candidates: [WeightCandidate] = []
        for set in file.sets {
            guard let set = set.isNamed ? set : try? file.named(set) else { continue }
            let networks = ImportFamilies.networks(in: set.tensors.map(\.name))
            for network in networks {
                let parts = [set.place, networks.count > 1 ? String(network.prefix.dropLast()) : ""].filter {
                    !$0.isEmpty
                }
                let label = ([name].filter { !$0.isEmpty } + [parts.joined(separator: ".")].filter { !$0.isEmpty })
                    .joined(separator: "/")
                // torch's own AveragedModel counts what it has averaged beside the network.
                let counter =
                    network.prefix.hasSuffix("module.")
                    ? String(network.prefix.dropLast("module.".count)) + "n_averaged" : nil
                let isCounted = counter.map { counter in set.tensors.contains { $0.name == counter } } ?? false
                let isAveraged =
                    isCounted
                    || WeightChoice.speaksOfAverage(parts.isEmpty ? fileName(file.path) : label + "." + network.prefix)
                let nested = networks.map(\.prefix).filter { $0 != network.prefix && $0.hasPrefix(network.prefix) }
                candidates.append(
                    .init(
                        file: name, set: set, family: network.family, prefix: network.prefix, nested: nested,
                        label: label, isAveraged: isAveraged))
            }
        }
        return conventions(candidates)
    }

    /// Averages that their names do not show. ermongroup/ddim saves the list [model, optimiser, epoch, step, ema];
    /// Lightning's weight averaging puts the average where the model was, and the model into `current_model_state`.
    private static func conventions(_ candidates: [WeightCandidate]) -> [WeightCandidate] {
        let places = Set(candidates.map(\.set.place))
        var candidates = candidates
        for index in candidates.indices {
            let place = candidates[index].set.place
            if places == ["0", "4"], place == "4" { candidates[index].isAveraged = true }
            if places.contains("current_model_state"), place == "state_dict" { candidates[index].isAveraged = true }
        }
        return candidates
    }

    private static func fileName(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
}
