import Dispatch
import HTTP
import Jobs
import Locking

/// Passes on what happens to jobs to all who listen: one queue for all streams, one look at a job for all its
/// listeners, at most four a second. A stream has no thread and no queue of its own (`EventReader`).
package final class EventHub: Sendable {
    struct Stream {
        var reader: EventReader
        /// Set while the client waits for the next piece.
        var slot: StreamSlot?

        /// What there is for a client that waits; nil if it does not, or there is nothing.
        mutating func next(_ feed: EventFeed, at now: ContinuousClock.Instant) -> EventReader.Piece? {
            guard slot != nil else { return nil }
            let piece = reader.next(feed, at: now)
            return piece == .nothing ? nil : piece
        }
    }

    struct Channel {
        var feed: EventFeed
        var streams: [UInt64: Stream] = [:]
        /// Jobs that have changed since the last look.
        var changed: Set<JobID> = []
        var isLookPlanned = false
        var nextLook = ContinuousClock.now
        var versions: [JobID: JobVersion] = [:]
        var wantsPreviews = false
        var isPreviewing = false
        var previewed: (image: Int, step: Int)?
        /// Nothing comes any more.
        var isOver = false

        /// Takes over what a look has found, and when the next may be.
        mutating func takeNews(of other: Self, nextLook: ContinuousClock.Instant) {
            (isLookPlanned, self.nextLook) = (false, nextLook)
            (feed, changed, versions, isOver) = (other.feed, other.changed, other.versions, other.isOver)
            if isOver { for number in streams.keys { streams[number]?.reader.close() } }
        }
    }

    struct State {
        var channels: [EventScope: Channel] = [:]
        var next: UInt64 = 0
        var isTicking = false
        var isStopping = false
    }

    /// What the threads that change jobs look at.
    struct Interest {
        /// Jobs that somebody listens to.
        var scopes: Set<EventScope> = []
        /// The same of several jobs at once.
        var wide: Set<EventScope> = []
        var changed: Set<JobID> = []
    }

    let desk: JobDesk
    let writer: EventWriter
    package let census: StreamCensus
    let previews: PreviewSource?
    /// Only here is the store read, and the state touched, the slots of streams aside.
    let queue = DispatchQueue(label: "phantom.events")
    let previewQueue = DispatchQueue(label: "phantom.previews", qos: .utility)
    let state = Lock(State())
    let interest = Lock(Interest())

    /// Occurrences of one look.
    static let batch = 32

    /// How many streams there may be, and who makes previews.
    package struct Settings: Sendable {
        package var streams: StreamCensus.Limits
        /// Makes previews of running jobs, where something can.
        package var previews: PreviewSource?

        package init(
            streams: StreamCensus.Limits = .init(total: 4_096, perClient: 1_024), previews: PreviewSource? = nil
        ) {
            (self.streams, self.previews) = (streams, previews)
        }
    }

    init(desk: JobDesk, _ settings: Settings) {
        self.desk = desk
        writer = EventWriter(desk: desk)
        census = StreamCensus(settings.streams)
        previews = settings.previews
        desk.board.notifications.observe { [weak self] id in self?.heard(id) }
    }

    private func heard(_ id: JobID) {
        let isFirst = interest.withLock { interest in
            guard !interest.wide.isEmpty || interest.scopes.contains(.job(id)) else { return false }
            interest.changed.insert(id)
            return interest.changed.count == 1
        }
        if isFirst { queue.async { [self] in takeChanges() } }
    }

    private func takeChanges() {
        let (changed, wide) = interest.withLock { interest in
            defer { interest.changed = [] }
            return (interest.changed, interest.wide)
        }
        let scopes = state.withLock { state in
            var scopes: Set<EventScope> = []
            for id in changed {
                for scope in [.job(id)] + wide where state.channels[scope] != nil {
                    state.channels[scope]?.changed.insert(id)
                    scopes.insert(scope)
                }
            }
            return scopes
        }
        for scope in scopes { planLook(scope) }
    }

    func planLook(_ scope: EventScope, after pause: Duration = .zero) {
        let wait = state.withLock { state -> Duration? in
            guard let channel = state.channels[scope], !channel.isLookPlanned else { return nil }
            state.channels[scope]?.isLookPlanned = true
            return max(pause, ContinuousClock.now.duration(to: channel.nextLook))
        }
        guard let wait else { return }
        queue.asyncAfter(deadline: .now() + max(.zero, wait).dispatchInterval) { [weak self] in self?.look(scope) }
    }
}
