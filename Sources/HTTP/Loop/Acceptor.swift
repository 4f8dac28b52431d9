import HTTPTypes
import Logging

/// The listening sockets, and what happens when there is no descriptor left for a client.
struct Acceptor {
    var listeners: [Listener] = []
    var census: ConnectionCensus
    var nextToken = EventLoop.firstConnection
    /// Listeners are not watched until then: descriptors ran out, and trying at once would only spin.
    var retryAt: ContinuousClock.Instant?
    /// Given up for a moment to accept, and close, a client that no other descriptor is left for.
    private var reserve: ReservedDescriptor?
    private var watched: Set<Int> = []
    private var lastWarning: ContinuousClock.Instant?
    var isStopped = false

    static let retryDelay = Duration.milliseconds(100)
    /// Connections accepted in a row before those that are there have their turn.
    static let acceptedInARow = 64

    init(limits: ServerConfiguration.Limits) {
        census = ConnectionCensus(limits: limits)
        reserve = ReservedDescriptor()
    }

    mutating func resume(_ poller: Poller) {
        retryAt = nil
        if reserve == nil { reserve = ReservedDescriptor() }
        for (index, listener) in listeners.enumerated() {
            let token = EventLoop.firstListener + UInt64(index)
            if watched.contains(index) {
                _ = poller.modify(listener.descriptor, token: token, .input)
            } else if poller.add(listener.descriptor, token: token, .input) {
                watched.insert(index)
            }
        }
    }

    mutating func pause(_ poller: Poller, until instant: ContinuousClock.Instant) {
        retryAt = instant
        for index in watched {
            _ = poller.modify(listeners[index].descriptor, token: EventLoop.firstListener + UInt64(index), [])
        }
    }

    /// True at most once a second: a lack of descriptors must not fill the log as well.
    mutating func mayWarn(at now: ContinuousClock.Instant) -> Bool {
        if let lastWarning, now - lastWarning < .seconds(1) { return false }
        lastWarning = now
        return true
    }

    /// Takes one waiting client with the reserved descriptor and closes it: better a closed connection than one that
    /// hangs in the queue. False if not even that worked.
    mutating func shedOne(_ listener: Listener) -> Bool {
        guard reserve != nil else { return false }
        reserve = nil
        var wasShed = false
        if case .connection(let descriptor, _) = Socket.accept(listener.descriptor) {
            _ = Socket.write(descriptor, Acceptor.farewell[...], isLast: true)
            Socket.shutdownWrite(descriptor)
            wasShed = true
        }
        reserve = ReservedDescriptor()
        return wasShed && reserve != nil
    }

    /// The shortest 503 there is.
    private static let farewell = Array(
        "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\nConnection: close\r\n\r\n".utf8)
}

/// A descriptor held in reserve; freed by letting go of it.
private final class ReservedDescriptor {
    private let descriptor: FileDescriptor

    init?() {
        guard let descriptor = FileDescriptor.reserve() else { return nil }
        self.descriptor = descriptor
    }
}

extension EventLoop {
    /// Accepts what is waiting, but not for ever: connected clients have their turn too.
    func acceptConnections(_ index: Int, atMost limit: Int = Acceptor.acceptedInARow) {
        guard acceptor.listeners.indices.contains(index) else { return }
        let listener = acceptor.listeners[index]
        for _ in 0..<limit {
            switch Socket.accept(listener.descriptor) {
            case .connection(let descriptor, let peer): welcome(descriptor, peer)
            case .aborted: continue
            case .wouldBlock: return
            case .failed(let code):
                if acceptor.mayWarn(at: Instant.now) {
                    logger.warning(
                        "no connection could be accepted",
                        metadata: ["errno": "\(code)", "open": "\(connections.count)"])
                }
                if !acceptor.shedOne(listener) {
                    acceptor.pause(poller, until: Instant.now + Acceptor.retryDelay)
                    return
                }
            }
        }
    }

    private func welcome(_ descriptor: consuming FileDescriptor, _ peer: PeerAddress) {
        let verdict = acceptor.census.verdict(on: peer)
        guard verdict != .close else { return }
        let now = Instant.now
        let connection = Connection(
            descriptor, token: acceptor.nextToken, peer: peer, machine: makeMachine(peer: peer, at: now),
            isTurnedAway: verdict != .serve)
        guard poller.add(connection.descriptor, token: connection.token, .input) else { return }
        acceptor.nextToken += 1
        connections[connection.token] = connection
        acceptor.census.opened(peer, isTurnedAway: connection.isTurnedAway)
        if case .turnAway(let reason) = verdict {
            perform(connection.machine.turnAway(.unavailable(reason), at: now), on: connection)
        }
        settleIfOpen(connection)
    }

    /// Stops accepting, after what is already in the listeners' queues, and lets every connection finish.
    func beginDrain(_ deadline: Instant, _ completion: @escaping @Sendable () -> Void) {
        let isFirst = drain == nil
        drain = (min(deadline, drain?.deadline ?? deadline), (drain?.completions ?? []) + [completion])
        guard isFirst else { return }
        for index in acceptor.listeners.indices { acceptConnections(index, atMost: Int(Socket.backlog)) }
        acceptor.listeners = []  // closes them
        acceptor.retryAt = nil
        for connection in Array(connections.values) {
            // A request that has already arrived is in flight, though nobody has read it yet.
            if connection.machine.wantsInput { read(connection) }
            guard connections[connection.token] != nil else { continue }
            perform(connection.machine.drain(at: Instant.now), on: connection)
            settleIfOpen(connection)
        }
    }
}
