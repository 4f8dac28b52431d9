import JSON

/// What a model can be asked for: `phantom.json` beside `model_index.json`.
public struct ModelManifest: Sendable, Equatable {
    /// Something a condition can name. Each value owns one row of the class table, in the order listed, the
    /// attributes one after the other.
    public struct Attribute: Sendable, Equatable {
        public let name: String
        public let values: [String]
        /// Whether a condition may list several values; their rows are summed.
        public let multiple: Bool

        public init(name: String, values: [String], multiple: Bool) {
            self.name = name
            self.values = values
            self.multiple = multiple
        }
    }

    /// How a model trained for super-resolution takes the low-resolution image: enlarged, in as many further input
    /// channels as the image has.
    public struct LowResolution: Sendable, Equatable {
        /// Which come first.
        public enum Order: String, Sendable, CaseIterable {
            /// The low-resolution image, as SR3 has it.
            case conditionFirst = "condition-first"
            /// The image to be made, as MONAI has it.
            case imageFirst = "image-first"
        }

        /// How it is enlarged: torch's `interpolate` with `align_corners=False`.
        public enum Upsampling: String, Sendable, CaseIterable { case nearest, bilinear, bicubic }

        public let order: Order
        public let upsampling: Upsampling

        public init(order: Order, upsampling: Upsampling = .bicubic) {
            (self.order, self.upsampling) = (order, upsampling)
        }
    }

    public var name: String
    public var modality: String?
    /// Image channels.
    public var channels: Int
    public var attributes: [Attribute]
    /// Row used where nothing is asked for, and for guidance.
    public var nullClass: Int?
    /// What the network's numbers mean black and white, normally -1...1.
    public var valueRange: ClosedRange<Double>
    /// Millimetres per pixel, by axis; empty if unknown.
    public var spacing: [Double]
    /// Nil unless the model was trained for super-resolution.
    public var lowResolution: LowResolution?
    /// How its images are sampled where a request does not say, by the names of the fields of requests; nil leaves it
    /// to the service. Whoever samples the model holds the fields against it (`SamplingDefaults`).
    public var sampling: JSONObject?
    public var trainingData: String?
    public var licence: String?
    /// How it came to be; nil where another program trained it.
    public var training: TrainingSummary?
    /// What an evaluation of it came to, where one was written into it.
    public var evaluation: EvaluationSummary?

    public init(name: String, channels: Int, attributes: [Attribute] = [], nullClass: Int? = nil) {
        self.name = name
        self.channels = channels
        self.attributes = attributes
        self.nullClass = nullClass
        valueRange = -1...1
        spacing = []
    }

    /// The manifest of a model without one: a class table becomes the attribute `class`, its values the row numbers.
    public static func implied(name: String, channels: Int, classCount: Int?) -> ModelManifest {
        let attribute = classCount.map {
            Attribute(name: "class", values: (0..<max(0, $0)).map(String.init), multiple: false)
        }
        return ModelManifest(name: name, channels: channels, attributes: attribute.map { [$0] } ?? [])
    }

    /// Row of the class table that a value owns; nil if there is no such attribute or value.
    public func row(of value: String, in attribute: String) -> Int? {
        var first = 0
        for candidate in attributes {
            if candidate.name == attribute { return candidate.values.firstIndex(of: value).map { first + $0 } }
            first += candidate.values.count
        }
        return nil
    }

    /// Rows of the class table that the attributes own together.
    public var rowCount: Int { attributes.reduce(0) { $0 + $1.values.count } }

    /// What the class table is called among the weights.
    static let classTable = "class_embedding.weight"

    /// The most rows of a class table.
    public static let mostClasses = 1_000_000

    static let fields: Set<String> = [
        "name", "modality", "channels", "attributes", "null_class", "value_range", "spacing", "low_resolution",
        "sampling", "training_data", "licence", "training", "evaluation",
    ]

    /// Reads and validates `phantom.json`. `name` and `channels` are required. Throws `JSONMismatch`.
    public init(json: JSONObject) throws(JSONMismatch) {
        let root = JSONCursor(json)
        let nameCursor = try root.required("name")
        self.init(name: try nameCursor.string(), channels: try root.required("channels").int(in: 1...4096))
        guard !name.isEmpty, name.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") }) else {
            throw nameCursor.mismatch(expected: "a name without slashes and control characters")
        }
        modality = try root.member("modality")?.string()
        attributes = try Self.attributes(root)
        nullClass = try root.member("null_class")?.int(in: 0...Self.mostClasses - 1)
        if let range = try root.member("value_range") {
            valueRange = try range.interval(in: -1e6...1e6, gap: 1e-6)
        }
        if let cursor = try root.member("spacing") {
            let sides = cursor.value.array == nil ? [cursor] : try cursor.elements(count: 1...3)
            for side in sides { spacing.append(try side.double(in: Double.leastNonzeroMagnitude...1e6)) }
        }
        lowResolution = try Self.lowResolution(root)
        sampling = try root.member("sampling")?.object()
        trainingData = try root.member("training_data")?.string()
        licence = try root.member("licence")?.string()
        if let cursor = try root.member("training") { training = try TrainingSummary(cursor) }
        if let cursor = try root.member("evaluation") { evaluation = try EvaluationSummary(cursor) }
    }

    private static func lowResolution(_ root: JSONCursor) throws(JSONMismatch) -> LowResolution? {
        guard let cursor = try root.member("low_resolution") else { return nil }
        try cursor.refuseMembers(otherThan: ["order", "upsampling"])
        let orders = LowResolution.Order.allCases.map(\.rawValue),
            upsamplings = LowResolution.Upsampling.allCases.map(\.rawValue)
        let order = try cursor.required("order").string(oneOf: orders)
        let upsampling = try cursor.member("upsampling")?.string(oneOf: upsamplings) ?? "bicubic"
        return LowResolution(
            order: LowResolution.Order(rawValue: order) ?? .conditionFirst,
            upsampling: LowResolution.Upsampling(rawValue: upsampling) ?? .bicubic)
    }

    private static func attributes(_ root: JSONCursor) throws(JSONMismatch) -> [Attribute] {
        guard let list = try root.member("attributes") else { return [] }
        var attributes: [Attribute] = [], names: Set<String> = []
        for cursor in try list.elements(count: 0...10_000) {
            try cursor.refuseMembers(otherThan: ["name", "values", "multiple"])
            let nameCursor = try cursor.required("name")
            let name = try nameCursor.string()
            guard !name.isEmpty, names.insert(name).inserted else {
                throw nameCursor.mismatch(expected: "a name of its own")
            }
            var values: [String] = [], seen: Set<String> = []
            for value in try cursor.required("values").elements(count: 1...mostClasses) {
                let word: String
                if let row = value.value.number?.int { word = String(row) } else { word = try value.string() }
                guard !word.isEmpty, seen.insert(word).inserted else {
                    throw value.mismatch(expected: "a value of its own")
                }
                values.append(word)
            }
            attributes.append(
                Attribute(name: name, values: values, multiple: try cursor.member("multiple")?.bool() ?? false))
        }
        return attributes
    }

    /// As `phantom.json` holds it.
    public var json: JSONObject {
        var object: JSONObject = ["name": .string(name), "channels": .integer(channels)]
        object["modality"] = modality.map { .string($0) }
        object["attributes"] = .array(
            attributes.map { attribute in
                [
                    "name": .string(attribute.name), "values": .array(attribute.values.map { .string($0) }),
                    "multiple": .bool(attribute.multiple),
                ]
            })
        object["null_class"] = nullClass.map { .integer($0) }
        object["value_range"] = [.double(valueRange.lowerBound), .double(valueRange.upperBound)]
        if !spacing.isEmpty { object["spacing"] = .array(spacing.map { .double($0) }) }
        object["low_resolution"] = lowResolution.map {
            ["order": .string($0.order.rawValue), "upsampling": .string($0.upsampling.rawValue)]
        }
        object["sampling"] = sampling.map { .object($0) }
        object["training_data"] = trainingData.map { .string($0) }
        object["licence"] = licence.map { .string($0) }
        object["training"] = training.map { .object($0.json) }
        object["evaluation"] = evaluation.map { .object($0.json) }
        return object
    }
}
