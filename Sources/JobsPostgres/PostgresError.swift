import Jobs

/// What PostgreSQL, or the way to it, says of a statement that did not succeed. The detail line of the server's error
/// is left out: it may hold what was written, and this goes into logs.
struct PostgresError: Error, Hashable, Sendable {
    /// The five characters of the SQL standard (PostgreSQL's appendix A); nil when there was no answer.
    let state: String?
    let message: String
    /// Whether the connection is of no use any more.
    var isConnectionLost: Bool

    static func unreadable(type: UInt32, bytes: Int) -> PostgresError {
        PostgresError(
            state: nil, message: "a column of type \(type) with \(bytes) bytes is none that is asked for",
            isConnectionLost: false)
    }

    /// A statement that always gives a row has given none, as a trigger of somebody else's may bring about.
    static func missing(row table: String) -> PostgresError {
        PostgresError(state: nil, message: "a row of the table \(table) was not written", isConnectionLost: false)
    }

    static var lostAnswer: PostgresError {
        PostgresError(state: nil, message: "the answer to a commit was lost", isConnectionLost: true)
    }

    /// Whether the same transaction may succeed at once: others were in its way.
    var isCollision: Bool {
        // Serialisation failure, deadlock, unique and foreign key violation in a race with another transaction.
        ["40001", "40P01", "23505", "23503"].contains(state)
    }

    /// Whether the server is going down, coming up, or out of reach.
    var isOutage: Bool {
        guard let state else { return isConnectionLost }
        return isConnectionLost || state.hasPrefix("08") || ["57P01", "57P02", "57P03", "53300"].contains(state)
    }

    /// As the store's users know it.
    var storeError: JobStoreError {
        switch state {
        case "53100", "54000": .storeFull("\(self)")
        default: .storeUnavailable("\(self)")
        }
    }
}

extension PostgresError: CustomStringConvertible {
    var description: String {
        let hint: String? =
            switch state {
            case "28P01", "28000": "check user and password in `database`"
            case "3D000": "make the database first (createdb)"
            case "42501": "the user needs rights in this database: GRANT CREATE ON DATABASE, or ownership of the schema"
            case "53300": "raise max_connections, or run fewer processes"
            case "25006":
                "the server is a standby: name the primary, or several hosts with target_session_attrs=read-write"
            default: nil
            }
        return "PostgreSQL: \(message)" + (state.map { " (SQLSTATE \($0))" } ?? "") + (hint.map { "; \($0)" } ?? "")
    }
}
