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
    private var buffer = [UInt8](repeating: 0, count: EventLoop.readBytes)
    private var isRunning = true

    static let mailboxToken: UInt64 = 0
    /// Tokens of listeners count from here, tokens of connections from `firstConnection`; none is used twice.
    static let firstListener: UInt64 = 1
    static let firstConnection: UInt64 = 1_024
    /// Bytes read from one connection before the others have their turn: four times what a record of TLS holds, which
    /// is what proxies send.
    private static let readBytes = 65_536
    /// Bytes written to one connection before the others have their turn.
    private static let writeBudget = 1 << 20
    /// How long the timer of a connection with a later deadline sleeps at most.
    private static let horizon = Duration.seconds(15)

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

    // MARK: Connections

    func read(_ connection: Connection) {
        let now = Instant.now
        switch Socket.read(connection.descriptor, into: &buffer) {
        case .count(let count): perform(connection.machine.receive(buffer[..<count], at: now), on: connection)
        case .endOfInput: perform(connection.machine.endOfInput(at: now), on: connection)
        case .failed: perform(connection.machine.lost(), on: connection)
        case .wouldBlock: break
        }
    }

    /// Writes what can be written, then watches and schedules what the machine now wants.
    func settle(_ connection: Connection) {
        var budget = EventLoop.writeBudget
        while budget > 0, let (bytes, isLast) = connection.machine.nextOutput {
            let offered = bytes.prefix(budget)
            let result = Socket.write(connection.descriptor, offered, isLast: isLast && offered.count == bytes.count)
            if case .count(let count) = result {
                budget -= count
                perform(connection.machine.wrote(count, at: Instant.now), on: connection)
            } else if case .failed = result {
                perform(connection.machine.lost(), on: connection)
            } else {
                break
            }
        }
        guard connections[connection.token] != nil else { return }
        let wishes = connection.wishes
        if wishes != connection.interest {
            connection.interest = wishes
            guard poller.modify(connection.descriptor, token: connection.token, wishes) else {
                perform(connection.machine.lost(), on: connection)
                return
            }
        }
        schedule(connection)
    }

    /// Looks at the connection at its deadline, or at the horizon: entries of closed connections must not pile up.
    private func schedule(_ connection: Connection) {
        guard let exact = connection.machine.deadline else { return }
        let deadline = min(exact, Instant.now + EventLoop.horizon)
        if let scheduled = connection.scheduled, scheduled <= deadline { return }
        connection.scheduled = deadline
        timers.insert(deadline, token: connection.token)
    }

    func perform(_ actions: [ConnectionMachine.Action], on connection: Connection) {
        for action in actions {
            switch action {
            case .handle(let request, let acceptance, let exchange): dispatch(request, acceptance, exchange, connection)
            case .pull(let stream, let exchange):
                let (mailbox, token) = (mailbox, connection.token)
                stream.next(StreamSlot { mailbox.post(.supply($0, connection: token, exchange: exchange)) })
            case .endStream(let stream): stream.ended()
            case .disconnected: connection.departure?.happen()
            case .finished:
                connection.departure?.forget()
                connection.departure = nil
            case .shutdownWrite: Socket.shutdownWrite(connection.descriptor)
            case .close: remove(connection)
            }
        }
    }

    private func dispatch(
        _ request: Request, _ acceptance: Acceptance, _ exchange: UInt64, _ connection: Connection
    ) {
        let departure = Departure()
        connection.departure = departure
        let (mailbox, token) = (mailbox, connection.token)
        let responder = Responder(departure: departure) { response in
            mailbox.post(.respond(response, connection: token, exchange: exchange))
        }
        let bytes = request.body.count
        guard let queue = acceptance.queue else {
            acceptance.answer(request, responder)
            context.budgets.requests.giveBack(bytes)
            return
        }
        queue.async {
            acceptance.answer(request, responder)
            // Now and not with the answer, which may be waited for: the body has been read.
            if bytes > 0 { mailbox.post(.handled(bodyBytes: bytes)) }
        }
    }

    private func remove(_ connection: Connection) {
        guard connections.removeValue(forKey: connection.token) != nil else { return }
        acceptor.census.closed(connection.peer, isTurnedAway: connection.isTurnedAway)
    }

    func makeMachine(peer: PeerAddress, at now: Instant) -> ConnectionMachine {
        ConnectionMachine(context, peer: peer, at: now)
    }

    // MARK: Messages and deadlines

    private func takeMessages() {
        for message in mailbox.takeAll() {
            let now = Instant.now
            switch message {
            case .listen(let listeners):
                acceptor.listeners = listeners
                acceptor.resume(poller)
            case .respond(let response, let token, let exchange):
                if let connection = connections[token] {
                    perform(connection.machine.respond(response, to: exchange, at: now), on: connection)
                    settleIfOpen(connection)
                } else if case .stream(let stream) = response.body {
                    stream.ended()
                }
            case .supply(let piece, let token, let exchange):
                if let connection = connections[token] {
                    perform(connection.machine.supply(piece, to: exchange, at: now), on: connection)
                    settleIfOpen(connection)
                }
            case .handled(let bytes): context.budgets.requests.giveBack(bytes)
            case .drain(let deadline, let completion): beginDrain(deadline, completion)
            case .stop: isRunning = false
            }
        }
    }

    func settleIfOpen(_ connection: Connection) {
        if connections[connection.token] != nil { settle(connection) }
    }

    private func expire() {
        let now = Instant.now
        while let due = timers.popDue(at: now) {
            guard let connection = connections[due.token], connection.scheduled == due.instant else { continue }
            connection.scheduled = nil
            perform(connection.machine.timeout(at: now), on: connection)
            settleIfOpen(connection)
        }
        if let retry = acceptor.retryAt, retry <= now { acceptor.resume(poller) }
        if let deadline = drain?.deadline, deadline <= now {
            for connection in Array(connections.values) { perform(connection.machine.lost(), on: connection) }
        }
        finishDrainIfDone(force: false)
    }

    private func finishDrainIfDone(force: Bool) {
        guard let completions = drain?.completions, force || connections.isEmpty else { return }
        drain = nil
        for completion in completions { completion() }
    }
}
