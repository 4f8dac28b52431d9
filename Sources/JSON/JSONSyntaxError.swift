/// Why a text is not the JSON that was asked for, and where.
public struct JSONSyntaxError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Bytes before the fault.
    public let offset: Int
    /// 1-based line, counted by line feeds.
    public let line: Int
    /// 1-based column, in bytes.
    public let column: Int
    /// What was expected and what was found.
    public let reason: String

    public init(offset: Int, reason: String, in bytes: [UInt8]) {
        self.offset = offset
        self.reason = reason
        let before = bytes.prefix(offset)
        line = 1 + before.count { $0 == UInt8(ascii: "\n") }
        column = offset - (before.lastIndex(of: UInt8(ascii: "\n")) ?? -1)
    }

    public var description: String { "\(reason) (byte \(offset), line \(line), column \(column))" }
}
