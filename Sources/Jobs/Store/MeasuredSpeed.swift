/// How fast a model is on one worker.
public struct MeasuredSpeed: Hashable, Sendable {
    /// Nanoseconds of one row of a network evaluation, whatever its size.
    public var perCall: Double
    /// Nanoseconds of a unit of work (`PlannedWork.unitsPerCall`); nil where only jobs of unknown size were measured.
    public var perUnit: Double?

    package init(perCall: Double, perUnit: Double? = nil) {
        self.perCall = perCall
        self.perUnit = perUnit
    }
}
