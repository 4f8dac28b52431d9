/// What a statement gave.
struct SQLAnswer: Sendable {
    let rows: [SQLRow]
    /// Rows that were changed, or returned.
    let changes: Int
}

/// A statement that is run with others, and its answer.
final class SQLPromise {
    let sql: String
    let parameters: [SQLValue]
    /// Of no rows until the statement has been run.
    var answer = SQLAnswer(rows: [], changes: 0)

    init(_ sql: String, _ parameters: [SQLValue]) { (self.sql, self.parameters) = (sql, parameters) }
}
