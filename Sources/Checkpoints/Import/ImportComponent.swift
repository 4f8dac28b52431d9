import JSON

/// A UNet of a diffusers folder: `unet/`, the averaged `unet_ema/` that diffusers' training scripts write beside it, or
/// the folder itself.
struct ImportComponent {
    /// `unet`; empty for the folder itself.
    let name: String
    let folder: String
    /// The variant of the weights, as `fp16`; nil for the plain ones.
    let variant: String?
    /// Whether the folder also has plain weights, which are taken unless the variant is asked for.
    let isSecondary: Bool

    /// What `--weights` calls it.
    var label: String { [name, variant ?? ""].filter { !$0.isEmpty }.joined(separator: ".") }

    static func all(in path: String) -> [ImportComponent] {
        let below = names(in: path).filter { $0.lowercased().contains("unet") && isFolder("\(path)/\($0)") == true }
        // The folder itself only where it has no network's folder: old pipelines had everything beside the index.
        let places = below.filter { isFolder("\(path)/\($0)/config.json") == false }.map {
            (name: $0, folder: "\(path)/\($0)")
        }
        let found =
            !places.isEmpty ? places : isFolder("\(path)/config.json") == false ? [(name: "", folder: path)] : []
        return found.flatMap { place in
            let variants = WeightFiles.variants(in: place.folder)
            return (variants.isEmpty ? [nil] : variants).map { variant in
                ImportComponent(
                    name: place.name, folder: place.folder, variant: variant,
                    isSecondary: variant != nil && variants.contains(nil))
            }
        }
    }

    func tensors() throws(CheckpointError) -> [ForeignTensor] {
        let files = try WeightFiles(folder: folder, variant: variant)
        if !files.hasSafetensors, let pickled = try files.openPickles() { return pickled }
        return try files.open().flatMap { file in file.tensors.map { ForeignTensor($0, in: file) } }
    }
}

extension ImportSource {
    /// The network of a diffusers folder, its own configuration files beside what the user gave.
    static func open(_ components: [ImportComponent], path: String, _ options: ImportOptions) throws(CheckpointError)
        -> ImportSource
    {
        if let prefix = options.prefix {
            throw CheckpointError(
                path: path, item: "weights", expected: "no --prefix for a diffusers folder", got: prefix)
        }
        var choices = components
        if let variant = options.variant {
            choices = components.filter { $0.variant == variant }
            // Said by the weights' own folder, which knows what is there.
            if choices.isEmpty { _ = try WeightFiles(folder: components[0].folder, variant: variant).open() }
        } else if options.weights == nil || !components.contains(where: { $0.label == options.weights }) {
            choices = components.filter { !$0.isSecondary }
        }
        let named = choices.map {
            WeightChoice.Option(label: $0.label, isAveraged: WeightChoice.speaksOfAverage($0.label))
        }
        let index = try WeightChoice(options: named, path: path).index(options.weights)
        let taken = choices[index]
        let tensors = try taken.tensors()
        guard let network = ImportFamilies.networks(in: tensors.map(\.name)).first, network.prefix.isEmpty else {
            throw ImportFamilies.unknown(tensors.map(\.name), path: taken.folder)
        }
        var source = ImportSource(
            family: network.family, tensors: tensors, origin: taken.folder, options: options, path: path)
        (source.record.weights, source.record.isAveraged) = (taken.label, named[index].isAveraged)
        for other in components where other.label != taken.label {
            source.record.pass(other.label.isEmpty ? "plain weights" : other.label, "weights of the network")
        }
        try source.readConfiguration(path: path, folder: taken.folder)
        for name in names(in: path)
        where !source.record.mentions(name) && !["scheduler", "unet", "model_index.json", "README.md"].contains(name) {
            source.record.pass(name, isFolder("\(path)/\(name)") == true ? "a folder" : "a file")
        }
        return source
    }

    private init(
        family: any ImportFamily.Type, tensors: [ForeignTensor], origin: String, options: ImportOptions, path: String
    ) {
        (self.family, self.tensors, self.origin, self.options) = (family, tensors, origin, options)
        record = ImportRecord(source: ImportRecord.name(path), family: family.name)
        record.tensors = tensors.count
        record.files = ForeignTensor.files(tensors)
    }

    /// What the user gave wins over the folder's own files.
    private mutating func readConfiguration(path: String, folder: String) throws(CheckpointError) {
        let file = "\(folder)/config.json"
        let unet = Configurations.unet(try ConfigurationFile.read(file))
        guard unet.className == nil || unet.className == "UNet2DModel" else {
            throw CheckpointError(path: file, item: "/_class_name", expected: "UNet2DModel", got: unet.className ?? "")
        }
        for (field, value) in unet.values {
            guard Configurations.unetFields.contains(field) else {
                record.pass("config.json /\(field)", "a field that UNet2DModel has not")
                continue
            }
            if options.unet[field] == nil { options.unet[field] = value }
        }
        record.configurations.append(folder == path ? "config.json" : "\(ImportRecord.name(folder))/config.json")
        if let place = ["scheduler/", ""].first(where: { isFolder("\(path)/\($0)scheduler_config.json") == false }) {
            try readScheduler("\(path)/\(place)scheduler_config.json")
            record.configurations.append("\(place)scheduler_config.json")
            hasScheduler = true
        }
        if options.manifest == nil, isFolder("\(path)/phantom.json") == false {
            try options.readManifest("\(path)/phantom.json")
            record.configurations.append("phantom.json")
        }
    }

    private mutating func readScheduler(_ file: String) throws(CheckpointError) {
        let scheduler = Configurations.scheduler(try ConfigurationFile.read(file))
        for (field, value) in scheduler.values {
            guard Configurations.schedulerFields.contains(field) else {
                record.pass("scheduler_config.json /\(field)", "a field that no scheduler has")
                continue
            }
            if options.scheduler[field] == nil { options.scheduler[field] = value }
        }
        options.schedulerClass = options.schedulerClass ?? scheduler.className
    }
}
