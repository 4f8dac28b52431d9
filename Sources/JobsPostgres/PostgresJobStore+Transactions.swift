import Dispatch
import Jobs

// Transactions, how they are tried again, and what their errors mean.
extension PostgresJobStore {
    /// Thrown inside of a transaction that has to begin again: another was in its way.
    struct Collision: Error {}

    /// What a transaction is told of its earlier attempts.
    struct Attempt {
        /// Whether an earlier one may have been committed.
        var mayHaveCommitted = false
        fileprivate var isCommitSent = false
    }

    /// One writing transaction: all or nothing, on disk when it returns. It begins again after a collision, and, as
    /// long as `patience` lasts, when the connection was lost.
    func write<Value>(_ body: (PostgresConnection, Attempt) throws -> Value) throws(JobStoreError) -> Value {
        try writeAndRead { connection, attempt in
            let value = try body(connection, attempt)
            return { value }
        }
    }

    /// The same, where what is returned is in answers that come with that to the commit: what `body` gives is called
    /// after it. The beginning goes with the first statement, and what waits with the commit.
    func writeAndRead<Value>(
        _ body: (PostgresConnection, Attempt) throws -> () throws -> Value
    ) throws(JobStoreError) -> Value {
        let value = try retrying { attempt in
            try pool.withConnection { connection in
                attempt.isCommitSent = false
                let value: () throws -> Value = try connection.transaction("BEGIN") {
                    let value = try body(connection, attempt)
                    attempt.isCommitSent = true
                    return value
                }
                if configuration.losesAnswer?() ?? false { throw PostgresError.lostAnswer }
                return try value()
            }
        }
        writes.withLock { $0 &+= 1 }
        return value
    }

    /// One writing statement, which is a transaction by itself: one round trip instead of three. It has to be one that
    /// may be run twice.
    func writeOne<Value>(_ body: (PostgresConnection) throws -> Value) throws(JobStoreError) -> Value {
        let value = try read { connection in
            let value = try body(connection)
            if configuration.losesAnswer?() ?? false { throw PostgresError.lostAnswer }
            return value
        }
        writes.withLock { $0 &+= 1 }
        return value
    }

    /// Statements that change nothing and see one state of the store each.
    func read<Value>(_ body: (PostgresConnection) throws -> Value) throws(JobStoreError) -> Value {
        try retrying { _ in try pool.withConnection(body) }
    }

    /// Several reads that see the same state.
    func snapshot<Value>(_ body: (PostgresConnection) throws -> Value) throws(JobStoreError) -> Value {
        try read { connection in
            try connection.transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") { try body(connection) }
        }
    }

    private func retrying<Value>(_ body: (inout Attempt) throws -> Value) throws(JobStoreError) -> Value {
        let deadline = ContinuousClock.now + configuration.patience
        var attempt = Attempt(), collisions = 0, pause = Duration.milliseconds(20)
        while true {
            do {
                let value = try body(&attempt)
                note(outage: nil)
                return value
            } catch let error as JobStoreError {
                throw error
            } catch is Collision where collisions < 50 {
                collisions += 1
            } catch let error as PostgresError where error.isCollision && collisions < 50 {
                collisions += 1
            } catch let error as PostgresError where error.isOutage {
                if attempt.isCommitSent { attempt.mayHaveCommitted = true }
                pool.forgetFree()
                note(outage: error)
                guard ContinuousClock.now + pause < deadline else { throw error.storeError }
                Self.sleep(pause)
                pause = min(.milliseconds(500), pause * 2)
            } catch let error as PostgresError {
                throw error.storeError
            } catch {
                throw .storeUnavailable("\(error)")
            }
        }
    }

    private func note(outage: PostgresError?) {
        let changed = isOut.withLock { isOut in
            defer { isOut = outage != nil }
            return isOut != (outage != nil)
        }
        if changed { configuration.onOutage?(outage.map { "\($0)" }) }
    }

    static func sleep(_ duration: Duration) {
        _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(Int(duration.wholeMilliseconds)))
    }

    /// For tests: the first value that a statement gives.
    package func inspect(_ sql: String) throws(JobStoreError) -> String? {
        try read { connection in
            switch try connection.run(sql).rows.first?.values.first {
            case .text(let text): text
            case .integer(let number): String(number)
            default: nil
            }
        }
    }
}
