import Foundation
import Glibc
import Locking

/// A PostgreSQL of the tests' own: in a folder of its own, behind a socket there, started once for all of them, and
/// ended with the test program, however that ends.
package final class PostgresServer: Sendable {
    package struct Unavailable: Error, CustomStringConvertible {
        package let description: String
    }

    private static let started = Result { try PostgresServer() }
    private static let schemas = Lock(0)

    package static func shared() throws -> PostgresServer { try started.get() }

    /// A name that no other test has.
    package static func newSchema() -> String {
        schemas.withLock { number in
            number += 1
            return "test \(number)"
        }
    }

    /// Why there is none on this machine; nil where it has been installed.
    package static let whyNot: String? =
        programs == nil ? "PostgreSQL is not installed (Debian: postgresql)" : nil

    /// The folder of `postgres` and `initdb`: Debian puts each version's in one of its own.
    private static let programs: String? = {
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
        let folders = versions.sorted { (Int($0) ?? 0) > (Int($1) ?? 0) }.map { "/usr/lib/postgresql/\($0)/bin" }
        return (folders + ["/usr/local/bin", "/usr/bin"]).first { folder in
            ["initdb", "postgres"].allSatisfy { FileManager.default.isExecutableFile(atPath: "\(folder)/\($0)") }
        }
    }()

    package let folder: String
    private let server: Lock<ChildProcess>
    package let url: String

    private init() throws {
        guard let programs = Self.programs else { throw Unavailable(description: Self.whyNot ?? "") }
        // Short: the path of a socket has room for 107 bytes.
        folder = "/tmp/phantom-postgres-\(getpid())"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        // PostgreSQL does not run as root.
        var user = "", prefix: [String] = []
        if geteuid() == 0 {
            user = "postgres"
            prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
            try FileManager.default.setAttributes([.ownerAccountName: user], ofItemAtPath: folder)
        }
        let make = [
            "\(programs)/initdb", "--pgdata=\(folder)/data", "--username=phantom", "--auth=trust", "--encoding=UTF8",
            "--locale=C", "--no-sync",
        ]
        let making = try ChildProcess("/usr/bin/env", prefix + make, errors: .standardOutput)
        guard making.exitStatus(within: 60) == 0 else {
            throw Unavailable(description: "initdb: \(String(decoding: making.standardOutput, as: UTF8.self))")
        }
        server = Lock(try Self.launch(programs, folder, prefix))
        url = "postgres:///postgres?host=\(folder)&user=phantom"
        guard server.withLock({ $0.hasLogged("ready to accept connections", within: 60) }) else {
            throw Unavailable(description: server.withLock { $0.standardError })
        }
    }

    /// The shell ends the server when its standard input does: with the test program.
    private static func launch(_ programs: String, _ folder: String, _ prefix: [String]) throws -> ChildProcess {
        let script = """
            "$0" -D "$1/data" -k "$1" -c listen_addresses= -c fsync=off -c shared_buffers=32MB -c max_connections=300 &
            cat > /dev/null; kill -INT $!; wait $!; cd /; rm -rf "$1"
            """
        return try ChildProcess(
            "/usr/bin/env", prefix + ["sh", "-c", script, "\(programs)/postgres", folder], takesInput: true)
    }
}
