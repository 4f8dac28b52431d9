import Locking

/// What other threads tell the I/O thread.
enum Message: Sendable {
    case listen([Listener])
    case respond(Response, connection: UInt64, exchange: UInt64)
    case supply(StreamPiece, connection: UInt64, exchange: UInt64)
    /// The handler has read a body of so many bytes, and its memory is free again.
    case handled(bodyBytes: Int)
    case drain(deadline: ContinuousClock.Instant, completion: @Sendable () -> Void)
    case stop
}

/// The I/O thread's letter box: any thread puts messages in, and the thread is woken for the first of them.
final class Mailbox: Sendable {
    private let messages = Lock<[Message]>([])
    let signal: WakeSignal

    init() throws(SystemError) {
        signal = try WakeSignal()
    }

    func post(_ message: Message) {
        let isFirst = messages.withLock { messages in
            messages.append(message)
            return messages.count == 1
        }
        if isFirst { signal.raise() }
    }

    func takeAll() -> [Message] {
        messages.withLock { messages in
            defer { messages = [] }
            return messages
        }
    }
}
