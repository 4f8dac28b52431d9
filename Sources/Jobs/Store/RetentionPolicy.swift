/// How long ended jobs are kept; nil keeps for ever.
public struct RetentionPolicy: Hashable, Sendable {
    /// Jobs that ended longer ago than this go.
    public var days: Int?
    /// Bytes that requests and images may take: the oldest of the rest go until they do.
    public var bytes: Int64?
    /// How long a removed job is remembered as `gone`.
    public var tombstoneDays: Int

    public init(days: Int? = nil, bytes: Int64? = nil, tombstoneDays: Int = 365) {
        self.days = days
        self.bytes = bytes
        self.tombstoneDays = tombstoneDays
    }
}
