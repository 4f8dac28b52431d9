/// What the numbers of an evaluation come to, in three sentences made by stated rules (Documentation/Report.md).
public struct Verdict: Sendable, Equatable {
    /// One of the three answers.
    public struct Answer: Sendable, Equatable {
        public enum Outcome: String, Sendable {
            case yes, partly, no
            /// The numbers that the rule needs are not there, or do not suffice.
            case unknown
        }

        public var outcome: Outcome
        /// The answer in a sentence, with the numbers that it stands on.
        public var sentence: String
        /// The rule that made it.
        public var rule: String
    }

    /// Whether the images look like those of held-out patients.
    public let realistic: Answer
    /// Whether they help a classifier more than the real images twice.
    public let useful: Answer
    /// Whether they are copies of training patients: `no` is the good answer.
    public let somebody: Answer

    /// The numbers that the rules look at; nil where one was not made.
    public struct Facts: Sendable, Equatable {
        /// Kernel distance of the synthetic images to the held-out real ones.
        public var kernelDistance: Score?
        /// Kernel distance of real images to other real ones.
        public var kernelDistanceOfReal: Score?
        /// Kernel distance of blurred real images (sigma 1) to real ones.
        public var kernelDistanceOfBlurred: Score?
        /// The Frechet ratio: 1 is as far as other real patients are.
        public var frechetRatio: Score?
        /// AUC of *real + synthetic* minus that of *real twice*, paired.
        public var downstreamDifference: Score?
        /// Share of the generated images that are beyond the copy threshold.
        public var flaggedShare: Score?
        /// Share of held-out real images that are beyond the same threshold.
        public var falseAlarmRate: Score?

        public init() {}
    }

    /// Applies the rules.
    public init(_ facts: Facts) {
        realistic = Self.realism(facts)
        useful = Self.usefulness(facts)
        somebody = Self.copying(facts)
    }
}
