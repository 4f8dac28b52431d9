import Diffusion
import JSON

extension TrainingSettings {
    static let fields: Set<String> = [
        "output", "seed", "images", "steps", "batch", "micro_batch", "dataset", "size", "model", "init",
        "super_resolution", "schedule",
        "prediction", "noise", "loss", "optimizer", "averages", "dropout", "label_dropout", "augment",
        "checkpoint_every", "validate_every", "sample_every", "stop", "threads", "arithmetic", "data",
    ]
    /// The most images of a run and of an interval.
    private static let mostImages = 1_000_000_000_000

    /// Reads a train.json.
    /// - Throws: `JSONMismatch` for an unknown key, a value out of its range, or a missing `output`, `dataset` or
    ///   `images`.
    public init(json: JSONObject) throws {
        let root = JSONCursor(json)
        try root.refuseMembers(otherThan: Self.fields)
        let batch = try root.member("batch")?.int(in: 1...65_536) ?? 32
        self.init(
            output: try Self.path(root.required("output")), images: try Self.images(root, batch: batch),
            dataset: try root.required("dataset").object())
        self.batch = batch
        seed = try root.member("seed")?.uint64() ?? seed
        microBatch = try root.member("micro_batch")?.int(in: 1...batch)
        size = try root.member("size")?.int(in: 4...4096) ?? size
        model = try root.member("model")?.object() ?? model
        start = try root.member("init").map(Self.path)
        superResolution = try root.member("super_resolution").map { try SuperResolutionSettings($0) }
        try readObjective(root)
        try readRegularisation(root)
        checkpointEvery = try root.member("checkpoint_every")?.int(in: 1...Self.mostImages) ?? checkpointEvery
        validateEvery = try root.member("validate_every")?.int(in: 0...Self.mostImages) ?? validateEvery
        sampleEvery = try root.member("sample_every")?.int(in: 0...Self.mostImages) ?? sampleEvery
        if let member = try root.member("stop") { stop = try StopSettings(member) }
        threads = try root.member("threads")?.int(in: 1...1024)
        arithmetic = try root.member("arithmetic")?.int(in: 1...1_000_000)
        data = try root.member("data").map(DataRecord.init)
    }

    private mutating func readObjective(_ root: JSONCursor) throws {
        if let member = try root.member("schedule") { schedule = try ScheduleSettings(member) }
        if let member = try root.member("prediction") {
            let name = try member.string(oneOf: PredictionType.allCases.map(\.rawValue))
            prediction = PredictionType(rawValue: name) ?? prediction
        }
        if let member = try root.member("noise") { noise = try NoiseDensity(member) }
        if let member = try root.member("loss") { loss = try LossSettings(member) }
        if let member = try root.member("optimizer") { optimiser = try OptimiserSettings(member) }
        if let member = try root.member("averages") { averages = try AverageSettings(member) }
    }

    private mutating func readRegularisation(_ root: JSONCursor) throws {
        dropout = try root.member("dropout")?.double(in: 0...0.9)
        labelDropout = try root.member("label_dropout")?.double(in: 0...1) ?? labelDropout
        if let member = try root.member("augment") { augmentation = try Augmentation(member) }
    }

    private static func path(_ cursor: JSONCursor) throws -> String {
        let path = try cursor.string()
        guard !path.isEmpty, !path.utf8.contains(0) else { throw cursor.mismatch(expected: "the path of a folder") }
        return path
    }

    /// `images`, or `steps` times the batch; one of them.
    private static func images(_ root: JSONCursor, batch: Int) throws -> Int {
        if let steps = try root.member("steps") {
            if let images = try root.member("images") { throw images.mismatch(expected: "nothing, as steps is given") }
            return try steps.int(in: 1...mostImages / batch) * batch
        }
        guard let images = try root.member("images") else {
            throw JSONMismatch(pointer: root.pointer(to: "images"), expected: "images or steps", got: "neither")
        }
        return try images.int(in: 1...mostImages)
    }

    /// Everything, with what the run has chosen: what its folder holds, and what `init(json:)` reads.
    public var json: JSONObject {
        var object: JSONObject = [
            "output": .string(output), "seed": .integer(seed), "images": .integer(images), "batch": .integer(batch),
        ]
        object["micro_batch"] = microBatch.map { .integer($0) }
        object["dataset"] = .object(dataset)
        object["size"] = .integer(size)
        object["model"] = .object(model)
        object["init"] = start.map { .string($0) }
        object["super_resolution"] = superResolution?.json
        object["schedule"] = schedule.json
        object["prediction"] = .string(prediction.rawValue)
        object["noise"] = noise.json
        object["loss"] = loss.json
        object["optimizer"] = optimiser.json
        object["averages"] = averages.json
        object["dropout"] = dropout.map { .double($0) }
        object["label_dropout"] = .double(labelDropout)
        object["augment"] = augmentation.json
        object["checkpoint_every"] = .integer(checkpointEvery)
        object["validate_every"] = .integer(validateEvery)
        object["sample_every"] = .integer(sampleEvery)
        object["stop"] = stop.json
        object["threads"] = threads.map { .integer($0) }
        object["arithmetic"] = arithmetic.map { .integer($0) }
        object["data"] = data?.json
        return object
    }
}

extension TrainingSettings.DataRecord {
    init(_ cursor: JSONCursor) throws(JSONMismatch) {
        try cursor.refuseMembers(otherThan: ["digest", "training", "held_out"])
        self.init(
            digest: try cursor.required("digest").string(),
            training: try cursor.required("training").int(in: 1...Int.max),
            heldOut: try cursor.required("held_out").int(in: 0...Int.max))
    }

    var json: JSONValue {
        ["digest": .string(digest), "training": .integer(training), "held_out": .integer(heldOut)]
    }
}
