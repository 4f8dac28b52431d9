/// What a run tells whoever started it, and asks them.
public struct TrainingWatch {
    /// Called after each step with the seconds it took.
    public var step: (_ outcome: StepOutcome, _ seconds: Double) -> Void = { _, _ in }
    /// Called with a sentence for people: a warning, or what was decided.
    public var note: (_ text: String) -> Void = { _ in }
    /// Asked before each step; a run that nobody wants any more saves its state and ends.
    public var isWanted: () -> Bool = { true }

    public init() {}
}
