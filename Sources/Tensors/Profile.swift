/// Where a worker's time goes, by kind of operation and shape. Kept by a `Compute` that was asked to; gathering it
/// costs a clock reading and a string per operation.
public struct Profile: Sendable {
    public struct Entry: Sendable {
        /// Operation and shape, for instance "convolution 3x3 128 -> 64, 64x64, winograd 4".
        public let label: String
        public var calls = 0
        public var time = Duration.zero
        /// Multiply-adds, convolutions counted as direct ones.
        public var multiplyAdds = 0
    }

    private var byLabel: [String: Entry] = [:]

    public init() {}

    /// What was noted of each kind of operation, slowest first.
    public var entries: [Entry] { byLabel.values.sorted { ($1.time, $0.label) < ($0.time, $1.label) } }

    mutating func note(_ label: String, _ time: Duration, multiplyAdds: Int) {
        byLabel[label, default: Entry(label: label)].calls += 1
        byLabel[label]?.time += time
        byLabel[label]?.multiplyAdds &+= multiplyAdds
    }
}
