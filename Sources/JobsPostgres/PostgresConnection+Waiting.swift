import CPostgres
import Glibc

// Waiting for what others notify, and for a lock that others have.
extension PostgresConnection {
    /// Waits until the server has sent something, `descriptor` can be read, or the time is over.
    /// - Returns: the texts that others have notified.
    /// - Throws: `PostgresError` when the connection is lost.
    func notifications(within milliseconds: Int32, orReadable descriptor: Int32) throws(PostgresError) -> [String] {
        var found = pendingNotifications()
        if found.isEmpty {
            var places = [
                pollfd(fd: unsafe PQsocket(connection), events: Int16(POLLIN), revents: 0),
                pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            ]
            _ = unsafe poll(&places, 2, milliseconds)
            guard unsafe PQconsumeInput(connection) == 1 else {
                throw PostgresError(state: nil, message: unsafe Self.message(of: connection), isConnectionLost: true)
            }
            found = pendingNotifications()
        }
        return found
    }

    private func pendingNotifications() -> [String] {
        var texts: [String] = []
        while let notification = unsafe PQnotifies(connection) {
            texts.append(unsafe Self.text(notification.pointee.extra) ?? "")
            unsafe PQfreemem(notification)
        }
        return texts
    }

    /// Runs a statement that may wait for a lock, and leaves it when it is not wanted any more.
    /// - Parameters:
    ///   - descriptor: can be read when it may be so.
    ///   - isToBeLeft: called then; whether it is so.
    /// - Returns: nil when the lock was not given.
    /// - Throws: `PostgresError`.
    func run(
        _ sql: String, _ parameters: [SQLValue], wakenBy descriptor: Int32, isToBeLeft: () -> Bool
    ) throws(PostgresError) -> SQLAnswer? {
        let name = try name(of: sql, parameters)
        let isSent = unsafe Self.withEncoded(parameters) { count, values, lengths, formats in
            unsafe PQsendQueryPrepared(connection, name, count, values, lengths, formats, 1)
        }
        guard isSent == 1 else { throw brokenFlight() }
        var isLeft = false
        while unsafe PQisBusy(connection) == 1 {
            var places = [
                pollfd(fd: unsafe PQsocket(connection), events: Int16(POLLIN), revents: 0),
                pollfd(fd: isLeft ? -1 : descriptor, events: Int16(POLLIN), revents: 0),
            ]
            _ = unsafe poll(&places, 2, -1)
            if !isLeft, places[1].revents != 0, isToBeLeft() {
                isLeft = true
                var text = [CChar](repeating: 0, count: 256)
                let handle = unsafe PQgetCancel(connection)
                _ = unsafe PQcancel(handle, &text, CInt(text.count))
                unsafe PQfreeCancel(handle)
            }
            guard unsafe PQconsumeInput(connection) == 1 else { throw brokenFlight() }
        }
        let result = unsafe PQgetResult(connection)
        unsafe PQclear(PQgetResult(connection))
        do throws(PostgresError) {
            return try unsafe answer(result)
        } catch {
            // The lock was not available in time, or is not wanted.
            guard ["55P03", "57014"].contains(error.state) else { throw error }
            return nil
        }
    }
}
