import HTTP
import Locking

/// Keeps responders until the test answers them.
final class AnswerDesk: Sendable {
    let responders = Lock<[Responder]>([])
    func handler() -> ScriptedHandler {
        ScriptedHandler { _, responder in self.responders.withLock { $0.append(responder) } }
    }
    func answer(_ response: Response = Response(status: .ok)) {
        responders.withLock { $0.isEmpty ? nil : $0.removeFirst() }?.respond(response)
    }
    var count: Int { responders.withLock { $0.count } }
}
