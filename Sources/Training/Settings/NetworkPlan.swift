import Checkpoints
import JSON
import Networks

/// The network that a run trains, and the one that it writes: the same but for the class rows of augmentation.
public struct NetworkPlan: Sendable {
    /// Fields of `UNet2DModel` as the folder has them.
    public let exported: JSONObject
    /// The same with all rows that training has.
    public let trained: JSONObject
    public let classRows: ClassRows
    public let configuration: UNetConfiguration

    /// Fields that follow from the data and from other keys of train.json.
    private static let derived: Set<String> = [
        "sample_size", "in_channels", "out_channels", "num_class_embeds", "class_embed_type", "dropout",
    ]

    /// - Parameters:
    ///   - settings: with its dropout filled in.
    ///   - base: the network of the folder that the run begins from; nil takes the defaults.
    /// - Throws: `TrainingError` for a field that is unknown or contradicts the data, `JSONMismatch` for a value that
    ///   no network has.
    public init(_ settings: TrainingSettings, images: any TrainingImages, base: JSONObject?) throws {
        for key in settings.model.keys where !Configurations.unetFields.contains(key) {
            throw TrainingError(
                "model/\(key)", expected: "a field of diffusers' UNet2DModel", got: "an unknown one",
                remedy: "the fields are \(Configurations.unetFields.sorted().joined(separator: ", "))")
        }
        var fields = base ?? NetworkDefaults.fields(size: settings.size, given: settings.model)
        for (key, value) in settings.model where !Self.derived.contains(key) { fields[key] = value }
        let rows = ClassRows(attributes: images.attributes, augmentationRows: settings.augmentation.rows)
        fields["sample_size"] =
            images.height == images.width
            ? .integer(images.width) : [.integer(images.height), .integer(images.width)]
        fields["in_channels"] = .integer(settings.superResolution == nil ? images.channels : 2 * images.channels)
        fields["out_channels"] = .integer(images.channels)
        fields["dropout"] = .double(settings.dropout ?? 0)
        fields["class_embed_type"] = nil
        fields["num_class_embeds"] = rows.exported > 0 ? .integer(rows.exported) : nil
        for key in Self.derived {
            guard let given = settings.model[key], !given.isNull, given != fields[key] else { continue }
            throw TrainingError(
                "model/\(key)", expected: fields[key]?.summary ?? "nothing, as the data have no labels",
                got: given.summary, remedy: "leave it out: it follows from the data and the other keys")
        }
        exported = fields
        fields["num_class_embeds"] = rows.trained > 0 ? .integer(rows.trained) : nil
        (trained, classRows) = (fields, rows)
        do { configuration = try UNetConfiguration(json: fields) } catch let error as JSONMismatch {
            throw JSONMismatch(pointer: "/model" + error.pointer, expected: error.expected, got: error.got)
        }
        try Self.checkTimes(configuration, settings)
        let multiple = max(configuration.sizeMultiple, settings.superResolution?.scale ?? 1)
        guard images.height % multiple == 0, images.width % multiple == 0 else {
            throw TrainingError(
                "size", expected: "a multiple of \(multiple), as images are halved so often",
                got: "\(images.height) x \(images.width)",
                remedy: "change size, model/block_out_channels or super_resolution/scale")
        }
    }

    /// Refuses time embeddings that have no value at some time of the run: Fourier features are of a time's logarithm,
    /// which the first timestep, 0, does not have; a learned table has rows at whole timesteps alone.
    private static func checkTimes(
        _ configuration: UNetConfiguration, _ settings: TrainingSettings
    ) throws(TrainingError) {
        let (type, rows) = (configuration.timeEmbeddingType, configuration.numTrainTimesteps ?? 0)
        guard type != .positional else { return }
        guard type == .learned, settings.schedule.kind != .continuousCosine else {
            throw TrainingError(
                "model/time_embedding_type",
                expected: type == .learned ? "positional, for the real times of vp-cosine" : "positional or learned",
                got: type.rawValue)
        }
        guard rows >= settings.schedule.steps else {
            throw TrainingError(
                "model/num_train_timesteps", expected: "at least \(settings.schedule.steps), schedule/timesteps",
                got: "\(rows)")
        }
        guard settings.validateEvery == 0 else {
            throw TrainingError(
                "validate_every", expected: "0, as the noise levels of validation lie between a learned table's rows",
                got: "\(settings.validateEvery)")
        }
    }
}
