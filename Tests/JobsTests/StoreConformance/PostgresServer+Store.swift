import Jobs
import JobsPostgres
import TestSupport
import Testing

extension PostgresServer {
    /// A store in tables of its own, which looks for what it was not told once an hour only.
    func store(
        schema: String, _ configure: (inout PostgresJobStore.Configuration) -> Void = { _ in }
    ) throws -> PostgresJobStore {
        var configuration = PostgresJobStore.Configuration()
        (configuration.schema, configuration.pollInterval) = (schema, .seconds(3_600))
        configure(&configuration)
        return try PostgresJobStore(url: url, configuration: configuration)
    }
}

/// Tables of a test's own, for any number of processes.
struct PostgresTables {
    let schema = PostgresServer.newSchema()

    func open(_ configure: (inout PostgresJobStore.Configuration) -> Void = { _ in }) throws -> PostgresJobStore {
        try PostgresServer.shared().store(schema: schema, configure)
    }
}

/// Says so where PostgreSQL is not there to be tested.
@Suite struct PostgresPresenceTests {
    @Test(.enabled(if: PostgresServer.whyNot == nil, "PostgreSQL is not installed (Debian: postgresql)"))
    func postgresIsThere() throws {
        #expect(try !PostgresServer.shared().url.isEmpty)
    }
}
