import Foundation

extension PostgresServer {
    /// A new, empty database.
    /// - Returns: its URL.
    package func newDatabase() throws -> String {
        let name = "d" + UUID().uuidString.filter { $0 != "-" }.lowercased()
        try execute("CREATE DATABASE \(name)")
        return "postgres:///\(name)?host=\(folder)&user=phantom"
    }

    /// Runs a statement in the database that was there first.
    /// - Throws: `Unavailable` with what psql says.
    package func execute(_ sql: String) throws {
        let made = try ChildProcess(
            "/usr/bin/env", ["psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--command=\(sql)", url],
            errors: .standardOutput)
        guard made.exitStatus(within: 60) == 0 else {
            throw Unavailable(description: String(decoding: made.standardOutput, as: UTF8.self))
        }
    }
}
