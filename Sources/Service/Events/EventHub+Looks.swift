import Jobs

// One look at what has happened, for all who listen.
extension EventHub {
    /// Between two looks at what changes; progress that comes faster is skipped.
    private static let interval = Duration.milliseconds(250)
    /// Each time that so many listen, all are told once less often, down to once a second: what they cost together has
    /// a bound, and jobs keep their cores.
    private static let manyStreams = 250

    func look(_ scope: EventScope) {
        let now = ContinuousClock.now
        guard var channel = state.withLock({ $0.channels[scope] }) else { return }
        // They change meanwhile, elsewhere.
        channel.streams = [:]
        var pause: Duration?
        do throws(JobStoreError) {
            let news = try writer.news(after: channel.feed.sequence, scope, limit: Self.batch)
            channel.feed.tell(news)
            // More than one look takes: the next one goes on.
            if !news.isAll { pause = .zero }
            try takeProgress(&channel, scope)
        } catch {
            if error.isPassing { desk.status.note(storeTrouble: error) }
            pause = .seconds(1)
        }
        let nextLook = now + Self.interval * (1 + min(3, census.count / Self.manyStreams))
        state.withLock { state in
            // Not the whole channel: its streams have waited meanwhile.
            state.channels[scope]?.takeNews(of: channel, nextLook: nextLook)
        }
        serve(scope)
        if let pause { planLook(scope, after: pause) }
        if let id = scope.job { preview(id) }
    }

    private func takeProgress(_ channel: inout Channel, _ scope: EventScope) throws(JobStoreError) {
        for id in channel.changed {
            let job = try writer.present(id)
            channel.changed.remove(id)
            // Of what others do nothing is told.
            if let job, let owner = scope.owner, job.owner != owner { continue }
            guard let job, !job.status.isTerminal else {
                channel.feed.forget(id)
                channel.versions[id] = nil
                // One that was deleted tells no end.
                if job == nil, scope.job != nil { channel.isOver = true }
                continue
            }
            guard channel.versions[id] != job.version else { continue }
            channel.versions[id] = job.version
            channel.feed.replace(.init(.progress, id), writer.progress(job))
        }
    }
}
