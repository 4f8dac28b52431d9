import Foundation
import HTTP
import JSON
import Locking

/// Reads a stream of events without a socket.
final class EventListener: Sendable {
    struct Event: Sendable {
        var id: String?
        var name = ""
        var data = JSONValue.null
    }

    private struct State {
        var text = ""
        var isOver = false
    }

    let status: Int
    let type: String?
    private let stream: ResponseStream?
    private let state = Lock(State())

    init(_ answer: Answer) {
        (status, type, stream) = (answer.status, answer[field: "Content-Type"], answer.stream)
        pull()
    }

    private func pull() {
        stream?.next(
            StreamSlot { [weak self] piece in
                guard let self else { return }
                switch piece {
                case .bytes(let bytes):
                    state.withLock { $0.text += String(decoding: bytes, as: UTF8.self) }
                    pull()
                case .end, .failure:
                    state.withLock { $0.isOver = true }
                    stream?.ended()
                }
            })
    }

    /// The client is gone.
    func leave() { stream?.ended() }

    var text: String { state.withLock { $0.text } }
    var isOver: Bool { state.withLock { $0.isOver } }
    var names: [String] { events.map(\.name) }

    var events: [Event] {
        text.components(separatedBy: "\n\n").compactMap { block in
            var event = Event()
            for line in block.split(separator: "\n") {
                if line.hasPrefix("id: ") { event.id = String(line.dropFirst(4)) }
                if line.hasPrefix("event: ") { event.name = String(line.dropFirst(7)) }
                if line.hasPrefix("data: ") { event.data = (try? JSONReader().read(String(line.dropFirst(6)))) ?? .null }
            }
            return event.name.isEmpty ? nil : event
        }
    }
}
