// What other threads and the clock tell the I/O thread.
extension EventLoop {
    func takeMessages() {
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

    func expire() {
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

    func finishDrainIfDone(force: Bool) {
        guard let completions = drain?.completions, force || connections.isEmpty else { return }
        drain = nil
        for completion in completions { completion() }
    }
}
