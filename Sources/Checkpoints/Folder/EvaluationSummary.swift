import JSON

/// What an evaluation came to, as `phantom.json` carries it with the model: the verdict and the numbers to choose by.
public struct EvaluationSummary: Sendable, Equatable {
    /// A number with its 95 % interval.
    public struct Number: Sendable, Equatable {
        public let name: String
        /// The number; nil where it could not be computed.
        public let value: Double?
        public let interval: ClosedRange<Double>?

        public init(_ name: String, value: Double?, interval: ClosedRange<Double>?) {
            (self.name, self.value, self.interval) = (name, value, interval)
        }
    }

    /// When, ISO 8601.
    public var created: String
    /// Name of the features that the numbers are made of.
    public var features: String
    /// Images that were compared, and the patients of the real ones; nil where nothing tells them.
    public var real: Int, patients: Int?, synthetic: Int
    /// Whether they are realistic, useful and somebody: yes, partly, no or unknown.
    public var verdict: [(question: String, answer: String)]
    public var numbers: [Number]

    public init(created: String, features: String, real: Int, patients: Int?, synthetic: Int) {
        (self.created, self.features, self.real) = (created, features, real)
        (self.patients, self.synthetic, verdict, numbers) = (patients, synthetic, [], [])
    }

    /// Numbers that are carried at most.
    public static let mostNumbers = 64
    private static let questions = ["realistic", "useful", "somebody"]

    public static func == (first: EvaluationSummary, second: EvaluationSummary) -> Bool { first.json == second.json }

    /// Reads the member `evaluation` of `phantom.json`.
    /// - Throws: `JSONMismatch` for what is missing, unknown or of another form.
    init(_ cursor: JSONCursor) throws(JSONMismatch) {
        try cursor.refuseMembers(otherThan: [
            "created", "features", "real", "patients", "synthetic", "verdict", "metrics",
        ])
        let most = 1_000_000_000
        self.init(
            created: try cursor.required("created").string(), features: try cursor.required("features").string(),
            real: try cursor.required("real").int(in: 0...most),
            patients: try cursor.member("patients")?.int(in: 0...most),
            synthetic: try cursor.required("synthetic").int(in: 0...most))
        let verdict = try cursor.required("verdict")
        try verdict.refuseMembers(otherThan: Set(Self.questions))
        for question in Self.questions {
            let answer = try verdict.required(question).string(oneOf: ["yes", "partly", "no", "unknown"])
            self.verdict.append((question, answer))
        }
        let metrics = try cursor.required("metrics"), names = try metrics.object().keys
        guard names.count <= Self.mostNumbers else {
            throw metrics.mismatch(expected: "at most \(Self.mostNumbers) numbers")
        }
        for name in names {
            let number = try metrics.required(name)
            try number.refuseMembers(otherThan: ["value", "interval"])
            let ends = try number.member("interval")?.elements(count: 2...2)
            var interval: ClosedRange<Double>?
            if let ends {
                let (low, high) = (try ends[0].double(), try ends[1].double())
                guard low <= high else { throw ends[1].mismatch(expected: "at least the lower end") }
                interval = low...high
            }
            numbers.append(Number(name, value: try number.member("value")?.double(), interval: interval))
        }
    }

    /// As `phantom.json` and `GET /v1/models` hold it.
    public var json: JSONObject {
        [
            "created": .string(created), "features": .string(features), "real": .integer(real),
            "patients": patients.map { .integer($0) } ?? .null, "synthetic": .integer(synthetic),
            "verdict": .object(JSONObject(verdict.map { ($0.question, .string($0.answer)) })),
            "metrics": .object(
                JSONObject(
                    numbers.map { number in
                        let interval: JSONValue =
                            number.interval.map { .array([.double($0.lowerBound), .double($0.upperBound)]) } ?? .null
                        return (
                            number.name, ["value": number.value.map { .double($0) } ?? .null, "interval": interval]
                        )
                    })),
        ]
    }

    /// Writes it into the `phantom.json` of a model folder; all else in it stays.
    /// - Throws: `CheckpointError` where there is none, or it cannot be written.
    public func write(intoModel folder: String) throws(CheckpointError) {
        let path = "\(folder)/phantom.json"
        var object = try ConfigurationFile.read(path)
        object["evaluation"] = .object(json)
        try ConfigurationFile.write(object, to: path)
    }
}
