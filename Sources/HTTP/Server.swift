import Dispatch
import Locking
import Logging

extension Duration {
    /// For the timeouts of Dispatch, which count 64 bits of nanoseconds: 285 years at most.
    package var dispatchInterval: DispatchTimeInterval {
        let seconds = Int(min(max(components.seconds, -9_000_000_000), 9_000_000_000))
        return .nanoseconds(seconds * 1_000_000_000 + Int(components.attoseconds / 1_000_000_000))
    }
}

/// An HTTP/1.1 server: one I/O thread for all connections, a ``Handler`` for what they ask.
public final class Server: Sendable {
    /// A misuse of the server itself.
    public enum Failure: Error, Equatable {
        case alreadyStarted
    }

    private struct Running: Sendable {
        var mailbox: Mailbox
        var port: UInt16
        var ended: DispatchGroup
    }

    /// The configuration as it was given; fewer connections are served where there are not the descriptors for them.
    public let configuration: ServerConfiguration
    private let handler: any Handler
    private let logger: Logger
    private let running = Lock<Running?>(nil)

    /// A server that does not listen yet.
    public init(configuration: ServerConfiguration, handler: any Handler, logger: Logger) {
        self.configuration = configuration
        self.handler = handler
        self.logger = logger
    }

    deinit { running.withLock { $0 }?.mailbox.post(.stop) }

    /// The port that is listened on; nil before ``start()`` and after ``stop()``.
    public var port: UInt16? { running.withLock { $0?.port } }

    /// Listens, and serves from then on.
    /// - Throws: ``SystemError`` if the address can't be had, ``Failure/alreadyStarted``.
    public func start() throws {
        try running.withLock { running in
            guard running == nil else { throw Failure.alreadyStarted }
            let (listeners, port) = try Socket.listen(host: configuration.host, port: configuration.port)
            let mailbox = try Mailbox()
            let poller = try Poller()
            guard poller.add(mailbox.signal.descriptor, token: EventLoop.mailboxToken, .input) else {
                throw SystemError.last("epoll_ctl")
            }
            mailbox.post(.listen(listeners))
            running = Running(mailbox: mailbox, port: port, ended: launch(mailbox, poller))
            logger.info("listening", metadata: ["host": "\(configuration.host)", "port": "\(port)"])
        }
    }

    /// The loop lives on a serial queue of its own, that is on one thread, and keeps it as long as it runs.
    private func launch(_ mailbox: Mailbox, _ poller: Poller) -> DispatchGroup {
        let (configuration, handler, logger) = (effectiveConfiguration, handler, logger)
        let ended = DispatchGroup()
        DispatchQueue(label: "phantom.http", qos: .userInteractive).async(group: ended) {
            let loop = EventLoop(
                configuration: configuration, handler: handler, logger: logger, mailbox: mailbox, poller: poller)
            loop.run()
        }
        return ended
    }

    /// Descriptors left to the rest of the process: its database, its models' files, what the system's libraries open.
    private static let otherDescriptors = 256

    /// With no more connections than there are descriptors.
    private var effectiveConfiguration: ServerConfiguration {
        var configuration = configuration
        let descriptors = FileDescriptor.processLimit()
        let room = descriptors - min(Self.otherDescriptors, descriptors / 2)
        configuration.limits.connections = max(1, min(configuration.limits.connections, room))
        return configuration
    }

    /// Stops accepting, answers what is in flight with `Connection: close`, closes idle connections, and calls
    /// `completion` when no connection is left, at the latest after `deadline` (the configured one if nil), when the
    /// rest is cut off. Returns at once; `completion` runs on the I/O thread and must not block.
    public func drain(deadline: Duration? = nil, completion: @escaping @Sendable () -> Void = {}) {
        guard let running = running.withLock({ $0 }) else {
            completion()
            return
        }
        let last = ContinuousClock.now + (deadline ?? configuration.timeouts.drain)
        running.mailbox.post(.drain(deadline: last, completion: completion))
    }

    /// Cuts every connection off and ends the I/O thread; returns when it has ended. Not to be called from it, that is
    /// from a handler or a completion.
    /// - Parameter patience: how long to wait for a handler that holds the I/O thread, which it must not; nil waits for
    ///   ever.
    /// - Returns: whether the thread has ended.
    @discardableResult
    public func stop(patience: Duration? = nil) -> Bool {
        let running = running.withLock { running in
            defer { running = nil }
            return running
        }
        guard let running else { return true }
        running.mailbox.post(.stop)
        guard let patience else {
            running.ended.wait()
            return true
        }
        return running.ended.wait(timeout: .now() + patience.dispatchInterval) == .success
    }
}
