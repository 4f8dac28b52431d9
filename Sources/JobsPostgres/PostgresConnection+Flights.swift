import CPostgres

// Statements that go together: sent in one flight, answered in one.
extension PostgresConnection {
    /// Has a statement run with the next one, before it.
    /// - Returns: what holds the answer then.
    @discardableResult
    func later(_ sql: String, _ parameters: [SQLValue] = []) -> SQLPromise {
        let promise = SQLPromise(sql, parameters)
        waiting.append(promise)
        return promise
    }

    /// Runs the statements that wait, in one flight (PostgreSQL's manual, "Pipeline Mode"). After one that does not
    /// succeed none is run.
    /// - Throws: `PostgresError` of the first that did not succeed.
    func flush() throws(PostgresError) {
        let flight = waiting
        waiting = []
        guard !flight.isEmpty else { return }
        if prepared.count + flight.count > Self.mostPrepared { try forgetPrepared() }
        // What is new is prepared first, in a round trip of its own.
        var names: [String] = []
        for promise in flight { names.append(try name(of: promise.sql, promise.parameters)) }
        guard unsafe PQenterPipelineMode(connection) == 1 else { throw brokenFlight() }
        // Unless all of it is read to its end.
        isBroken = true
        for (promise, name) in zip(flight, names) {
            let isSent = unsafe Self.withEncoded(promise.parameters) { count, values, lengths, formats in
                unsafe PQsendQueryPrepared(connection, name, count, values, lengths, formats, 1)
            }
            guard isSent == 1 else { throw brokenFlight() }
        }
        guard unsafe PQpipelineSync(connection) == 1 else { throw brokenFlight() }
        var failure: PostgresError?
        for promise in flight {
            do throws(PostgresError) {
                promise.answer = try unsafe answer(PQgetResult(connection))
            } catch {
                failure = failure ?? error
            }
            // The mark behind the results of a statement.
            unsafe PQclear(PQgetResult(connection))
        }
        let end = unsafe PQgetResult(connection)
        let isWhole = unsafe PQresultStatus(end) == PGRES_PIPELINE_SYNC
        unsafe PQclear(end)
        isBroken = unsafe !isWhole || PQexitPipelineMode(connection) != 1
        if var failure {
            // A refusal of which the end of the flight has been read is no more than that.
            failure.isConnectionLost = failure.isConnectionLost || isBroken || isLost
            throw failure
        }
        if isBroken { throw brokenFlight() }
    }

    /// A transaction: `body` and what waits after it, or nothing.
    func transaction<Value>(_ beginning: String, _ body: () throws -> Value) throws -> Value {
        do {
            later(beginning)
            let value = try body()
            later("COMMIT")
            try flush()
            return value
        } catch {
            waiting = []
            if isInTransaction { try? runScript("ROLLBACK") }
            throw error
        }
    }

    func brokenFlight() -> PostgresError {
        isBroken = true
        return PostgresError(state: nil, message: unsafe Self.message(of: connection), isConnectionLost: true)
    }
}
