import GRDB
import Jobs

// What tests look up and set behind the store's back.
extension SQLiteJobStore {
    /// For tests: lets the file grow to `pages` pages.
    package func setMaximumPages(_ pages: Int) throws(JobStoreError) {
        try Self.translatingErrors { () throws in
            try writer.inDatabase { db in try db.execute(sql: "PRAGMA max_page_count = \(pages)") }
        }
    }

    /// For tests: the first value that a statement gives on the writing connection.
    package func inspect(_ sql: String) throws(JobStoreError) -> String? {
        try Self.translatingErrors { () throws -> String? in
            try writer.inDatabase { db in
                switch try Row.fetchOne(db, sql: sql)?[0] as (any DatabaseValueConvertible)? {
                case let text as String: text
                case let number as Int64: String(number)
                default: nil
                }
            }
        }
    }
}
