import Bytes
import Checkpoints
import Diffusion
import Images
import Networks

extension ModelFacts {
    /// - Throws: `ModelError` where manifest and network do not fit together, or the network wants what no request can
    ///   give.
    init(
        manifest: ModelManifest, name: String?, network: UNet, scheduler: SchedulerConfiguration, weightsSHA256: Digest
    ) throws {
        let configuration = network.configuration
        let name = name ?? manifest.name
        guard ModelName.isValid(name) else {
            throw ModelError(item: "name", expected: ModelName.expectation, got: name)
        }
        try Self.checkChannels(manifest, configuration)
        var generation = Generation.Model(
            weightsSHA256: weightsSHA256, scheduler: scheduler, channels: manifest.channels)
        generation.valueRange = manifest.valueRange
        generation.concatenation = manifest.lowResolution.map { Concatenation($0) }
        let size = configuration.sampleSize ?? (64, 64)
        guard size.width * size.height * manifest.channels <= Recipe.maximumCount else {
            throw ModelError(
                item: "sample_size", expected: "at most \(Recipe.maximumCount) values in an image",
                got: "\(size.height) x \(size.width) pixels of \(manifest.channels) channels")
        }
        (generation.width, generation.height, generation.sizeDivisor) = (
            size.width, size.height, configuration.sizeMultiple
        )
        self.init(name: name, generation: generation, parameters: network.parameterCount)
        (modality, trainingData, licence, valueRange) = (
            manifest.modality, manifest.trainingData, manifest.licence, manifest.valueRange
        )
        (training, evaluation) = (manifest.training, manifest.evaluation)
        timeRows = configuration.timeEmbeddingType == .learned ? configuration.numTrainTimesteps : nil
        try take(manifest, rows: Self.tableRows(configuration))
    }

    /// What the network takes and gives must be what the manifest's images have.
    private static func checkChannels(_ manifest: ModelManifest, _ configuration: UNetConfiguration)
        throws(ModelError)
    {
        let (inputs, meaning) =
            manifest.lowResolution == nil
            ? (manifest.channels, "the \(manifest.channels) channels of the image alone")
            : (
                2 * manifest.channels,
                "\(2 * manifest.channels) channels: those of the image and of the low-resolution one"
            )
        guard configuration.inChannels == inputs else {
            throw ModelError(item: "in_channels", expected: meaning, got: "\(configuration.inChannels)")
        }
        guard manifest.channels == 1 || manifest.channels == 3 else {
            throw ModelError(item: "channels", expected: "1 (grey) or 3 (RGB)", got: "\(manifest.channels)")
        }
        guard [1, 2].contains(where: { configuration.outChannels == $0 * manifest.channels }) else {
            throw ModelError(
                item: "out_channels", expected: "\(manifest.channels), or twice that with a learned variance",
                got: "\(configuration.outChannels)")
        }
    }

    /// Rows of the class table; nil for an unconditional model.
    private static func tableRows(_ configuration: UNetConfiguration) throws -> Int? {
        switch configuration.classEmbedding {
        case nil: return nil
        case .table(let rows): return rows
        case .timestep, .identity:
            throw ModelError(item: "class_embed_type", expected: "null: a class table, or no classes", got: "another")
        }
    }

    private mutating func take(_ manifest: ModelManifest, rows: Int?) throws {
        (hasClassTable, classRows) = (rows != nil, rows)
        guard let rows else {
            guard manifest.attributes.isEmpty else {
                throw ModelError(
                    item: "attributes", expected: "none, as the network has no classes",
                    got: "\(manifest.attributes.count)")
            }
            return
        }
        guard manifest.rowCount <= rows, manifest.nullClass.map({ $0 < rows }) ?? true else {
            throw ModelError(
                item: "attributes", expected: "values and a null class within the \(rows) rows of the class table",
                got: "\(manifest.rowCount) values, null class \(manifest.nullClass.map(String.init) ?? "none")")
        }
        nullClass = manifest.nullClass
        var first = 0
        for attribute in manifest.attributes {
            attributes.append(
                .init(name: attribute.name, values: attribute.values, multiple: attribute.multiple, firstRow: first))
            first += attribute.values.count
        }
    }
}

extension Concatenation {
    fileprivate init(_ lowResolution: ModelManifest.LowResolution) {
        let order: Order =
            switch lowResolution.order {
            case .conditionFirst: .conditionFirst
            case .imageFirst: .imageFirst
            }
        let upsampling: Upsampling =
            switch lowResolution.upsampling {
            case .nearest: .nearest
            case .bilinear: .bilinear
            case .bicubic: .bicubic
            }
        self.init(order: order, upsampling: upsampling)
    }
}
