import JSON

/// What an evaluation found, and how it was made: `report.html` and `report.json` are both written from it.
///
/// Equal reports make equal bytes. Of two runs on the same inputs only `created` differs.
public struct EvaluationReport: Sendable, Equatable {
    /// The form of the document, which changes when a reader would have to.
    public static let format = "phantom-evaluation-1"

    /// A set of images that was compared.
    public struct Set: Sendable, Equatable {
        public let role: ImageSet.Role
        public let path: String
        public let images: Int
        /// Patients, subjects or slides; nil where nothing tells them.
        public let groups: Int?
        /// SHA-256 over the digests of the images' pixels; nil where features were given.
        public let digest: String?

        public init(role: ImageSet.Role, path: String, images: Int, groups: Int?, digest: String?) {
            (self.role, self.path, self.images, self.groups, self.digest) = (role, path, images, groups, digest)
        }
    }

    /// A name and its value: version, digest of the weights, seed.
    public struct Fact: Sendable, Equatable {
        public let name: String
        public let value: String

        public init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
    }

    /// What was judged: `chest-xrays against 400 held-out patients`.
    public var title = "Evaluation of synthetic images"
    /// The numbers that the verdict is made of.
    public var verdictFacts = Verdict.Facts()
    /// The parts between the verdict and how the report was made, in their order.
    public var sections: [ReportSection] = []
    /// The command as it was given.
    public var command: [String] = []
    /// When it was made, ISO 8601; the one thing that differs from run to run.
    public var created: String?
    public var sets: [Set]
    /// Numbers that stand in `metrics` beside those of the tables of sections. The page gives a table of those that
    /// no section has.
    public var scores: [Score]
    /// What is known of the extractor beside its name.
    public var features: JSONObject
    /// How the report was made, beside the command: versions, digests, seeds.
    public var facts: [Fact] = []
    /// What was assumed or passed over, a sentence each.
    public var notes: [String] = []
    /// Parts that only some evaluations have, under their names.
    public var parts = JSONObject()

    public init(sets: [Set], scores: [Score], features: JSONObject) {
        (self.sets, self.scores, self.features) = (sets, scores, features)
    }

    /// What the numbers come to.
    public var verdict: Verdict { Verdict(verdictFacts) }
}
