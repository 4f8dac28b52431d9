import Logging

/// The I/O thread: waits for sockets, messages and deadlines, and feeds the connections' machines. All its state is its
/// own; nothing else touches it. It never blocks but in the wait, and every wait has a reason to end.
final class EventLoop {
    typealias Instant = ContinuousClock.Instant

    let context: ServerContext
    let logger: Logger
    let mailbox: Mailbox
    let poller: Poller
    var acceptor: Acceptor
    var connections: [UInt64: Connection] = [:]
    var timers = TimerHeap()
    var drain: (deadline: Instant, completions: [@Sendable () -> Void])?
    var buffer = [UInt8](repeating: 0, count: EventLoop.readBytes)
    var isRunning = true

    static let mailboxToken: UInt64 = 0
    /// Tokens of listeners count from here, tokens of connections from `firstConnection`; none is used twice.
    static let firstListener: UInt64 = 1
    static let firstConnection: UInt64 = 1_024
    /// Bytes read from one connection before the others have their turn: four times what a record of TLS holds, which
    /// is what proxies send.
    static let readBytes = 65_536

    init(configuration: ServerConfiguration, handler: any Handler, logger: Logger, mailbox: Mailbox, poller: Poller) {
        context = ServerContext(configuration: configuration, handler: handler, date: DateCache().text)
        self.logger = logger
        self.mailbox = mailbox
        self.poller = poller
        acceptor = Acceptor(limits: configuration.limits)
    }

    func run() {
        while isRunning {
            let now = Instant.now
            for event in poller.wait(milliseconds: wait(from: now)) { handle(event) }
            takeMessages()
            expire()
        }
        for connection in Array(connections.values) { perform(connection.machine.lost(), on: connection) }
        finishDrainIfDone(force: true)
    }

    /// Until the earliest deadline, rounded up so that it has passed when the wait is over.
    private func wait(from now: Instant) -> CInt {
        guard let next = [timers.earliest, acceptor.retryAt, drain?.deadline].compactMap({ $0 }).min() else {
            return -1
        }
        guard next > now else { return 0 }
        let (seconds, attoseconds) = (next - now).components
        return CInt(clamping: min(seconds, 86_400) * 1_000 + attoseconds / 1_000_000_000_000_000 + 1)
    }

    private func handle(_ event: Poller.Event) {
        if event.token == EventLoop.mailboxToken {
            mailbox.signal.clear()
        } else if event.token < EventLoop.firstConnection {
            acceptConnections(Int(event.token - EventLoop.firstListener))
        } else if let connection = connections[event.token] {
            handle(event, on: connection)
        }
    }

    private func handle(_ event: Poller.Event, on connection: Connection) {
        if connection.interest.contains(.input), event.isReadable || event.isBroken {
            read(connection)
        } else if event.isBroken {
            perform(connection.machine.lost(), on: connection)
        }
        if connections[connection.token] != nil { settle(connection) }
    }
}
