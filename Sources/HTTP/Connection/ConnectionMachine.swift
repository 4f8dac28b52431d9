import HTTPTypes

/// One HTTP/1.1 connection as a pure state machine: bytes, answers and the time go in, bytes and actions come out.
///
/// Requests are handled one after the other: the next one is read when the answer before is with the client, so
/// pipelined requests are answered in order, their effects keep their order, and one connection holds at most one body
/// and one answer (RFC 9112 section 9.3.2).
public struct ConnectionMachine {
    /// The moments that deadlines are reckoned in; the caller tells the present one.
    public typealias Instant = ContinuousClock.Instant

    /// What the machine asks of its owner, in the order given.
    public enum Action {
        /// Have the request answered as its acceptance says; the answer comes back through ``respond(_:to:at:)``. Its
        /// body's bytes are given back to the budget of requests when `answer` has returned, whatever became of the
        /// connection meanwhile.
        case handle(Request, Acceptance, exchange: UInt64)
        /// Ask the stream for its next piece; it comes back through ``supply(_:to:at:)``.
        case pull(ResponseStream, exchange: UInt64)
        /// The stream will not be asked again.
        case endStream(ResponseStream)
        /// The client closed its side or is gone.
        case disconnected
        /// The exchange is over: nobody need watch for the client's departure any more.
        case finished(exchange: UInt64)
        /// Everything is sent: close the sending side, go on reading for a while.
        case shutdownWrite
        case close
    }

    enum Phase: Equatable {
        case open
        /// No more requests; close when the output is with the client.
        case closing
        /// Sending side closed; what comes in is thrown away until the client closes too (RFC 9112 section 9.6).
        case lingering(until: Instant, budget: Int)
        case closed
    }

    let context: ServerContext
    let peer: PeerAddress
    var parser: RequestParser
    var phase = Phase.open
    var exchange: Exchange?
    var exchangeCount: UInt64 = 0
    /// Input after the request at hand.
    var pending: ArraySlice<UInt8> = []
    var output = OutputQueue()
    var isHalfClosed = false
    var isDraining = false
    var times: ConnectionTimes
    var actions: [Action] = []

    /// A connection that has just been opened at `now`.
    public init(_ context: ServerContext, peer: PeerAddress, at now: Instant) {
        self.context = context
        self.peer = peer
        parser = RequestParser(limits: context.configuration.limits)
        times = ConnectionTimes(opened: now)
    }

    var configuration: ServerConfiguration { context.configuration }

    /// How much input is read and thrown away after the last answer, and how much of a refused body.
    static let lingerBytes = 1 << 20
    static let discardBytes = 65_536

    // MARK: Input

    /// Takes bytes that have come from the client.
    public mutating func receive(_ bytes: ArraySlice<UInt8>, at now: Instant) -> [Action] {
        switch phase {
        case .open:
            pending += bytes
            advance(now)
        case .lingering(let until, let budget):
            if budget < bytes.count { close() } else { phase = .lingering(until: until, budget: budget - bytes.count) }
        case .closing, .closed:
            break
        }
        return takeActions()
    }

    /// The client closed its sending side.
    public mutating func endOfInput(at now: Instant) -> [Action] {
        guard !isHalfClosed else { return [] }
        isHalfClosed = true
        switch phase {
        case .open:
            if exchange?.input == .complete { actions.append(.disconnected) }
            advance(now)
        case .lingering: close()
        case .closing, .closed: break
        }
        return takeActions()
    }

    // MARK: Output

    /// Takes the answer to an exchange; one that comes too late, or twice, is dropped.
    public mutating func respond(_ response: Response, to id: UInt64, at now: Instant) -> [Action] {
        if exchange?.id == id, exchange?.output == .awaitingHandler, phase == .open {
            answer(response, now)
            advance(now)
        } else if case .stream(let stream) = response.body {
            actions.append(.endStream(stream))
        }
        return takeActions()
    }

    /// What to write next, and whether it is all there is.
    public var nextOutput: (bytes: ArraySlice<UInt8>, isLast: Bool)? { output.front }

    /// Takes note that the socket took so many bytes of ``nextOutput``.
    public mutating func wrote(_ count: Int, at now: Instant) -> [Action] {
        output.removeFirst(count)
        times.written += count
        if output.isEmpty {
            times.writeStart = nil
            advance(now)
        }
        return takeActions()
    }

    // MARK: Wishes

    /// Whether the socket should be read: not while a window of later requests is full, nor after the end.
    public var wantsInput: Bool {
        guard !isHalfClosed else { return false }
        switch phase {
        case .open: return canParse || pending.count < configuration.limits.pipelined
        case .lingering: return true
        case .closing, .closed: return false
        }
    }

    // MARK: State

    var canParse: Bool {
        guard phase == .open else { return false }
        return exchange.map { $0.input != .complete } ?? true
    }

    mutating func takeActions() -> [Action] {
        defer { actions = [] }
        return actions
    }

    mutating func send(_ bytes: [UInt8], _ now: Instant) {
        if output.isEmpty, !bytes.isEmpty {
            times.writeStart = now
            times.written = 0
        }
        output.append(bytes)
    }
}
