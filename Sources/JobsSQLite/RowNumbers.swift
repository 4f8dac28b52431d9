import GRDB
import Jobs

/// Numbers of the store as they are read back. The file may have been written by anybody: what lies outside its range
/// is taken to the nearest end, so that no sum or difference of such numbers can overflow.
extension Row {
    /// A count, 0 ... `JobRules.mostCounted`.
    func count(_ column: String) -> Int64 { Self.clamped(self[column], JobRules.mostCounted) }

    /// A total over a job's images or its time in nanoseconds, 0 ... 2^60.
    func total(_ column: String) -> Int64 { Self.clamped(self[column], 1 << 60) }

    /// A moment from 1970 to the year 9999.
    func moment(_ column: String) -> Timestamp { Timestamp(milliseconds: Self.clamped(self[column], Timestamp.last)) }

    /// The moment of a column, as `moment` reads it; nil where there is none.
    func optionalMoment(_ column: String) -> Timestamp? { hasNull(atColumn: column) ? nil : moment(column) }

    private func hasNull(atColumn column: String) -> Bool { (self[column] as DatabaseValue).isNull }

    private static func clamped(_ value: Int64?, _ most: Int64) -> Int64 { Swift.min(Swift.max(value ?? 0, 0), most) }
}
