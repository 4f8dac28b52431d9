import Dispatch
import HTTP
import HTTPTypes
import Jobs
import Locking

// The streams of the hub: how they begin, what they are given, and how they end.
extension EventHub {
    /// What a new stream begins with.
    struct Opening: Sendable {
        let scope: EventScope
        let text: [UInt8]
        /// The occurrence after which the stream goes on, and the latest there was.
        let sequence: Int64, latest: Int64
        let isWhole: Bool
        let wantsPreviews: Bool
    }

    /// Adds a stream, once its client asks for the first piece.
    private func attach(_ opening: Opening, _ number: UInt64) {
        interest.withLock { interest in
            let scope = opening.scope
            _ = scope.job == nil ? interest.wide.insert(scope) : interest.scopes.insert(scope)
        }
        state.withLock { state in
            var channel = state.channels[opening.scope] ?? Channel(feed: EventFeed(after: opening.latest))
            channel.wantsPreviews = channel.wantsPreviews || opening.wantsPreviews
            channel.streams[number] = Stream(
                reader: EventReader(
                    opening: opening.text, after: opening.sequence, isWhole: opening.isWhole, at: .now))
            if state.isStopping { channel.streams[number]?.reader.close() }
            // What has happened since the opening was read.
            if let id = opening.scope.job { channel.changed.insert(id) }
            state.channels[opening.scope] = channel
        }
        planLook(opening.scope)
        tick()
    }

    /// The answer that is a stream; it has its place in the census already, and leaves it when it ends.
    func response(_ opening: Opening, client: String, _ answering: Answering) -> Response {
        let number = state.withLock { state in
            state.next += 1
            return state.next
        }
        let isAttached = Lock(false)
        let (scope, queue) = (opening.scope, queue)
        let stream = ResponseStream { [self] slot in
            let isFirst = isAttached.withLock { isAttached in
                defer { isAttached = true }
                return !isAttached
            }
            guard isFirst else { return wait(slot, number, scope) }
            queue.async { [self] in
                attach(opening, number)
                wait(slot, number, scope)
            }
        } ended: { [self] in
            census.leave(client)
            queue.async { [self] in remove(number, scope) }
        }
        // Who has closed its side gets what there is, and the end.
        answering.onDisconnect { [self] in
            queue.async { [self] in
                state.withLock { $0.channels[scope]?.streams[number]?.reader.close() }
                serve(scope, only: number)
            }
        }
        var fields: HTTPFields = [.contentType: "text/event-stream", .cacheControl: "no-store"]
        // For nginx, which would otherwise gather the pieces.
        fields[.xAccelBuffering] = "no"
        return Response(status: .ok, fields: fields, stream: stream)
    }

    /// Takes note that the client has taken all that it was given; any thread. Mostly there is nothing more yet, and
    /// then this is all that it costs.
    private func wait(_ slot: StreamSlot, _ number: UInt64, _ scope: EventScope) {
        let isUpToDate = state.withLock { state in
            guard let feed = state.channels[scope]?.feed else { return false }
            state.channels[scope]?.streams[number]?.slot = slot
            return state.channels[scope]?.streams[number]?.reader.isUpToDate(with: feed) ?? false
        }
        if !isUpToDate { queue.async { [self] in serve(scope, only: number) } }
    }

    private func remove(_ number: UInt64, _ scope: EventScope) {
        let isEmpty = state.withLock { state in
            state.channels[scope]?.streams[number] = nil
            guard state.channels[scope]?.streams.isEmpty ?? true else { return false }
            state.channels[scope] = nil
            return true
        }
        guard isEmpty else { return }
        interest.withLock { interest in
            interest.scopes.remove(scope)
            interest.wide.remove(scope)
        }
    }

    /// Gives those who wait what there is for them.
    func serve(_ scope: EventScope, only number: UInt64? = nil) {
        let now = ContinuousClock.now
        let pieces = state.withLock { state -> [(number: UInt64, piece: EventReader.Piece)] in
            guard let feed = state.channels[scope]?.feed else { return [] }
            let numbers = number.map { [$0] } ?? state.channels[scope].map { Array($0.streams.keys) } ?? []
            return numbers.compactMap { number in
                state.channels[scope]?.streams[number]?.next(feed, at: now).map { (number, $0) }
            }
        }
        for (number, piece) in pieces { give(piece, number, scope) }
    }

    private func give(_ piece: EventReader.Piece, _ number: UInt64, _ scope: EventScope) {
        switch piece {
        case .nothing: return
        case .bytes(let bytes): takeSlot(number, scope)?.send(bytes)
        case .end: takeSlot(number, scope)?.finish()
        case .behind(let sequence):
            do throws(JobStoreError) {
                let news = try writer.news(after: sequence, scope, limit: Self.batch)
                let next = state.withLock { state -> EventReader.Piece in
                    state.channels[scope]?.streams[number]?.reader.catchUp(news, at: .now) ?? .nothing
                }
                if case .bytes = next { return give(next, number, scope) }
                // A turn of its own: there may be many batches of which nothing can be told.
                queue.async { [self] in serve(scope, only: number) }
            } catch {
                if error.isPassing { desk.status.note(storeTrouble: error) }
                // The client comes back, and goes on where it was.
                takeSlot(number, scope)?.finish()
            }
        }
    }

    private func takeSlot(_ number: UInt64, _ scope: EventScope) -> StreamSlot? {
        state.withLock { state in
            defer { state.channels[scope]?.streams[number]?.slot = nil }
            return state.channels[scope]?.streams[number]?.slot
        }
    }

    /// Looks every second whether somebody has heard nothing for long, as long as somebody listens.
    private func tick(again: Bool = false) {
        let goesOn = state.withLock { state in
            let wasTicking = state.isTicking && !again
            state.isTicking = !state.channels.isEmpty
            return state.isTicking && !wasTicking
        }
        guard goesOn else { return }
        queue.asyncAfter(deadline: .now() + .seconds(1)) { [weak self] in
            guard let self else { return }
            for scope in state.withLock({ Array($0.channels.keys) }) { serve(scope) }
            tick(again: true)
        }
    }

    /// Ends all streams: each is told what there is, and when to come back.
    package func stop() {
        queue.async { [self] in
            let scopes = state.withLock { state in
                state.isStopping = true
                for scope in state.channels.keys {
                    for number in state.channels[scope]?.streams.keys.map(\.self) ?? [] {
                        state.channels[scope]?.streams[number]?.reader.close()
                    }
                }
                return Array(state.channels.keys)
            }
            for scope in scopes { serve(scope) }
        }
    }
}

extension HTTPField.Name {
    // Constant tokens.
    static let xAccelBuffering = HTTPField.Name("X-Accel-Buffering")!
    static let lastEventID = HTTPField.Name("Last-Event-ID")!
}
