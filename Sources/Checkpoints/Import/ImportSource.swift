import JSON

/// What lies at the path that is imported: the network's weights, chosen out of whatever else is there, and what
/// configuration files say.
struct ImportSource {
    let family: any ImportFamily.Type
    /// The network's weights under its library's own names.
    let tensors: [ForeignTensor]
    /// Where they come from, for messages.
    let origin: String
    var options: ImportOptions
    /// Whether a scheduler's file was found.
    var hasScheduler = false
    var record: ImportRecord

    /// - Parameters:
    ///   - candidate: the network taken.
    ///   - others: the other networks that were found.
    ///   - files: the files that were read.
    init(
        taking candidate: WeightCandidate, among others: [WeightCandidate],
        of files: [(name: String, sets: WeightSets)], path: String,
        _ options: ImportOptions
    ) throws(CheckpointError) {
        try candidate.requireTensors(path: path)
        (family, tensors) = (candidate.family, candidate.tensors)
        let place = candidate.set.place
        origin = candidate.label.isEmpty ? path : "\(path), \(candidate.label)"
        self.options = options
        record = ImportRecord(source: ImportRecord.name(path), family: candidate.family.name)
        record.files = files.filter { $0.name == candidate.file }.map {
            $0.name.isEmpty ? ImportRecord.name(path) : $0.name
        }
        (record.weights, record.isAveraged, record.prefix) = (candidate.label, candidate.isAveraged, candidate.prefix)
        record.tensors = tensors.count
        for other in others where other.label != candidate.label {
            record.pass(other.label, "a network of \(other.family.name), \(ImportRecord.tensors(other.tensors.count))")
        }
        // Beside the network in its own set: buffers, losses' networks, ...
        let prefixes = others.filter { $0.set.place == place && $0.file == candidate.file }.map(\.prefix)
        let beside = candidate.set.tensors.map(\.name).filter { name in !prefixes.contains { name.hasPrefix($0) } }
        record.pass(beside, below: [candidate.file, place].filter { !$0.isEmpty }.joined(separator: "/"))
        for file in files {
            let networks = Set(others.filter { $0.file == file.name }.map(\.set.place))
            record.pass(file.sets, named: file.name, except: networks, taken: file.name == candidate.file ? place : nil)
        }
    }

    /// - Throws: `CheckpointError` for what cannot be read, or holds no network that is known here.
    static func open(_ path: String, _ options: ImportOptions) throws(CheckpointError) -> ImportSource {
        let hasFiles = isFolder(path) == true
        if hasFiles, let foreign = ForeignFolder.refusal(path) { throw foreign }
        let components = hasFiles ? ImportComponent.all(in: path) : []
        guard components.isEmpty else { return try open(components, path: path, options) }
        if let variant = options.variant {
            throw CheckpointError(path: path, item: "variant", expected: "a diffusers folder for it", got: variant)
        }
        let files = hasFiles ? try files(in: path) : [("", try WeightSets(path: path))]
        return try choose(among: files, path: path, options)
    }

    /// - Throws: `CheckpointError` for an option of another family's weights.
    func refuseOptionsOfOthers() throws(CheckpointError) {
        guard options.attentionOrder != nil, family != GuidedDiffusionFamily.self else { return }
        throw CheckpointError(
            path: origin, item: "--attention-order", expected: "a network of improved-diffusion or guided-diffusion",
            got: "one of \(family.name)")
    }

    /// The checkpoint files of a folder as accelerate and Trainer write it. What cannot be read is left out, if
    /// anything can.
    private static func files(in path: String) throws(CheckpointError) -> [(name: String, sets: WeightSets)] {
        let endings = [".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".pkl"]
        let names = names(in: path).filter { name in
            endings.contains { name.hasSuffix($0) } && isFolder("\(path)/\(name)") == false
        }
        guard names.count <= 64 else {
            throw CheckpointError(
                path: path, expected: "the name of one checkpoint file in it", got: "a folder of \(names.count)")
        }
        var files: [(String, WeightSets)] = [], failure: CheckpointError?
        for name in names {
            do throws(CheckpointError) { files.append((name, try WeightSets(path: "\(path)/\(name)"))) } catch {
                failure = failure ?? error
            }
        }
        if files.isEmpty { throw failure ?? ForeignFolder.unknown(path) }
        return files
    }

    private static func choose(
        among files: [(name: String, sets: WeightSets)], path: String, _ options: ImportOptions
    ) throws(CheckpointError) -> ImportSource {
        var candidates: [WeightCandidate] = []
        for file in files { candidates += WeightCandidate.all(in: file.sets, named: file.name) }
        guard !candidates.isEmpty else { throw withoutNetwork(files, path: path) }
        if let prefix = options.prefix {
            let wanted = candidates.filter { $0.prefix == prefix }
            guard !wanted.isEmpty else {
                let found = Set(candidates.map(\.prefix)).sorted().map { $0.isEmpty ? "none" : $0 }
                throw CheckpointError(
                    path: path, item: "weights", expected: "a prefix (--prefix) among \(found.joined(separator: ", "))",
                    got: prefix)
            }
            candidates = wanted
        }
        let index = try WeightChoice(options: candidates.map(\.option), path: path).index(options.weights)
        return try ImportSource(taking: candidates[index], among: candidates, of: files, path: path, options)
    }

    private static func withoutNetwork(_ files: [(name: String, sets: WeightSets)], path: String) -> CheckpointError {
        let sets = files.flatMap(\.sets.sets)
        // A bare list whose names nothing tells is worth its own message.
        if let file = files.first, let list = sets.first(where: { !$0.isNamed }), sets.count == 1 {
            do throws(CheckpointError) { _ = try file.sets.named(list) } catch { return error }
        }
        guard let largest = sets.max(by: { $0.tensors.count < $1.tensors.count }) else {
            return files.count == 1 ? files[0].sets.withoutWeights : ForeignFolder.unknown(path)
        }
        return ImportFamilies.unknown(largest.tensors.map(\.name), path: path)
    }
}
