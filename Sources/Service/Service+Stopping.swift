import Dispatch
import HTTP
import Jobs
import Locking
import Logging

extension Service {
    /// Stops gracefully: readiness off, no new connections, waiting clients answered, progress saved, the store closed.
    ///
    /// Takes at most `timeouts.drain` and four seconds, whatever a lane, the store, a client or a worker does: each is
    /// waited for until then, and left.
    /// - Returns: whether everything was written in time. What was not is taken up at the next start, as after a crash.
    @discardableResult
    public func stop() -> Bool {
        status.drain()
        logger.notice("stopping")
        board.notifications.wakeAll()
        let drain = Duration.fromSeconds(configuration.timeouts.drain)
        let deadline = ContinuousClock.now + drain
        let answered = DispatchSemaphore(value: 0)
        server.drain(deadline: drain) { answered.signal() }
        let running = running.withLock { $0 }
        running?.events?.stop()
        running?.roster.stop()
        running?.webhooks?.stop()
        let isSaved = running?.pool?.shutdown(deadline: deadline) ?? true
        // The I/O thread cuts the rest off at the deadline itself.
        let left = ContinuousClock.now.duration(to: deadline) + .milliseconds(500)
        _ = answered.wait(timeout: .now() + max(.zero, left).dispatchInterval)
        server.stop(patience: .milliseconds(500))
        running?.watch.stop()
        running?.processWatch.stop()
        let isClosed = closeStore(by: deadline + .seconds(4))
        logger.notice("stopped", metadata: ["complete": "\(isSaved && isClosed)"])
        return isSaved && isClosed
    }

    /// Not on a lane: what waits there may wait for ever. The store closes between two transactions.
    private func closeStore(by deadline: ContinuousClock.Instant) -> Bool {
        let outcome = Lock<Result<Void, any Error>?>(nil)
        let closed = DispatchSemaphore(value: 0)
        DispatchQueue(label: "phantom.closing").async { [board] in
            let result = Result { try board.close() }
            outcome.withLock { $0 = result }
            closed.signal()
        }
        _ = closed.wait(timeout: .now() + ContinuousClock.now.duration(to: deadline).dispatchInterval)
        switch outcome.withLock({ $0 }) {
        case .success?: return true
        case .failure(let error)?: logger.error("the store could not be closed", metadata: ["error": "\(error)"])
        case nil: logger.error("the store does not close")
        }
        return false
    }
}
