import Jobs

/// One row of a statement's answer, its columns by name.
struct SQLRow: Sendable {
    /// The columns' places, shared by all rows of the answer.
    let places: [String: Int]
    let values: [SQLValue]

    subscript(_ column: String) -> SQLValue { places[column].map { values[$0] } ?? .null }

    func text(_ column: String) -> String {
        if case .text(let text) = self[column] { return text }
        return ""
    }

    func bytes(_ column: String) -> [UInt8]? {
        if case .bytes(let bytes) = self[column] { return bytes }
        return nil
    }

    func integer(_ column: String) -> Int64? {
        if case .integer(let number) = self[column] { return number }
        return nil
    }

    func real(_ column: String) -> Double? {
        if case .real(let number) = self[column] { return number }
        return nil
    }

    func boolean(_ column: String) -> Bool { self[column] == .boolean(true) }
    func isNull(_ column: String) -> Bool { self[column] == .null }
}

/// Numbers of the store as they are read back. The tables may have been written by anybody: what lies outside its
/// range is taken to the nearest end, so that no sum or difference of such numbers can overflow.
extension SQLRow {
    /// A count, 0 ... `JobRules.mostCounted`.
    func count(_ column: String) -> Int64 { Self.clamped(integer(column), JobRules.mostCounted) }

    /// A total over a job's images or its time in nanoseconds, 0 ... 2^60.
    func total(_ column: String) -> Int64 { Self.clamped(integer(column), 1 << 60) }

    /// A moment from 1970 to the year 9999.
    func moment(_ column: String) -> Timestamp {
        Timestamp(milliseconds: Self.clamped(integer(column), Timestamp.last))
    }

    /// As `moment`; nil where there is none.
    func optionalMoment(_ column: String) -> Timestamp? { isNull(column) ? nil : moment(column) }

    private static func clamped(_ value: Int64?, _ most: Int64) -> Int64 { min(max(value ?? 0, 0), most) }
}
