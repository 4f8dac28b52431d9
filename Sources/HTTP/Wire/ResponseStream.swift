import Locking

/// A body produced piece by piece, when the client has taken the piece before: server-sent events, archives.
///
/// `next` is called on the I/O thread and must not block; it hands its ``StreamSlot`` to whoever produces, and that one
/// answers it once, from any thread. So at most one piece is ever waiting.
public struct ResponseStream: Sendable {
    /// The exact number of bytes, for Content-Length; nil for chunked coding (or, in HTTP/1.0, until close).
    public var length: Int?
    /// Asks for the next piece.
    public let next: @Sendable (StreamSlot) -> Void
    /// Tells that no more pieces will be asked for.
    public let ended: @Sendable () -> Void

    /// - Parameters:
    ///   - length: The total number of bytes, if it is known.
    ///   - next: Asks for the next piece.
    ///   - ended: Called once, on the I/O thread, when no more pieces will be asked for: after the end, a failure, or
    ///     when the client has gone.
    public init(
        length: Int? = nil, next: @escaping @Sendable (StreamSlot) -> Void, ended: @escaping @Sendable () -> Void = {}
    ) {
        self.length = length
        self.next = next
        self.ended = ended
    }
}

/// A piece of a body, or its end.
public enum StreamPiece: Sendable, Equatable {
    case bytes([UInt8])
    case end
    /// The producer can't go on: the connection is cut, so that the client can tell (RFC 9112 section 8).
    case failure
}

/// The one-time duty to say what comes next in a ``ResponseStream``. Dropped without an answer it counts as a failure.
public final class StreamSlot: Sendable {
    private let deliver: Lock<(@Sendable (StreamPiece) -> Void)?>

    /// A duty whose answer goes to `deliver`, once.
    public init(_ deliver: @escaping @Sendable (StreamPiece) -> Void) {
        self.deliver = Lock(deliver)
    }

    deinit { answer(.failure) }

    /// The next bytes. An empty array means "nothing yet": the stream is asked again at once, so wait rather than spin.
    public func send(_ bytes: [UInt8]) { answer(.bytes(bytes)) }
    /// The body is complete.
    public func finish() { answer(.end) }
    /// The body can't be completed.
    public func fail() { answer(.failure) }

    private func answer(_ piece: StreamPiece) {
        let deliver = self.deliver.withLock { slot in
            defer { slot = nil }
            return slot
        }
        deliver?(piece)
    }
}
