// Bytes between the sockets and the connections' machines, and what these ask for.
extension EventLoop {
    /// Bytes written to one connection before the others have their turn.
    private static let writeBudget = 1 << 20
    /// How long the timer of a connection with a later deadline sleeps at most.
    private static let horizon = Duration.seconds(15)

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
        // Not the request: its body must go when it has been read.
        let (mailbox, token, handler, head) = (mailbox, connection.token, context.handler, request.head)
        let complete = { @Sendable in handler.complete($0, to: head, insteadOf: nil) }
        let responder = Responder(departure: departure, complete: complete) { response in
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
}
