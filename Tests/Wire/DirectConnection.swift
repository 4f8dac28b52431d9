import HTTP
import Locking

/// A connection without a socket: what the handler of a server answers to bytes, on the thread that asks.
package struct DirectConnection {
    private let handler: any Handler
    private let configuration: ServerConfiguration

    package init(handler: any Handler, configuration: ServerConfiguration = ServerConfiguration()) {
        (self.handler, self.configuration) = (handler, configuration)
    }

    /// Bytes of all answers to bytes that come as sockets give them.
    /// - Parameter unanswered: told the path of a request that its handler does not answer at once.
    package func answers(to bytes: [UInt8], unanswered: (String) -> Void) -> [UInt8] {
        // Budgets of its own: what the event loop gives back when a body has been read, nobody gives back here.
        let context = ServerContext(
            configuration: configuration, handler: handler, date: { "Sun, 06 Nov 1994 08:49:37 GMT" })
        var machine = ConnectionMachine(context, peer: .unknown, at: .now)
        var output: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 65_536) {
            var actions = machine.receive(bytes[start..<min(start + 65_536, bytes.count)], at: .now)
            while true {
                if !actions.isEmpty { actions = perform(actions, &machine, unanswered) }
                guard let (written, _) = machine.nextOutput else { break }
                output += written
                actions = machine.wrote(written.count, at: .now)
            }
        }
        return output
    }

    private func perform(
        _ actions: [ConnectionMachine.Action], _ machine: inout ConnectionMachine, _ unanswered: (String) -> Void
    ) -> [ConnectionMachine.Action] {
        var further: [ConnectionMachine.Action] = []
        for action in actions {
            // What is looked at of a stream is its beginning; it gives its place back.
            if case .pull(let stream, _) = action { stream.ended() }
            guard case .handle(let request, let acceptance, let exchange) = action else { continue }
            let answer = Lock<Response?>(nil)
            acceptance.answer(
                request, Responder(departure: Departure()) { response in answer.withLock { $0 = response } })
            guard let response = answer.withLock({ $0 }) else {
                unanswered(request.head.path)
                continue
            }
            further += machine.respond(response, to: exchange, at: .now)
        }
        return further
    }
}
