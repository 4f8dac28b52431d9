/// What a connection remembers of the past, for its deadlines.
struct ConnectionTimes {
    typealias Instant = ContinuousClock.Instant

    let opened: Instant
    var idleStart: Instant
    /// First byte of a request whose head is incomplete.
    var headStart: Instant?
    /// End of the head of a request whose body is incomplete.
    var bodyStart: Instant?
    var bodyReceived = 0
    /// The output has not been empty since.
    var writeStart: Instant?
    var written = 0

    init(opened: Instant) {
        self.opened = opened
        idleStart = opened
    }
}

extension ConnectionMachine {
    /// Why a connection ran out of time.
    enum Expiry: Equatable {
        case idle, header, body, write, linger
    }

    /// When ``timeout(at:)`` has something to do; nil while the handler has the word.
    public var deadline: Instant? { nextExpiry?.instant }

    private var nextExpiry: (instant: Instant, kind: Expiry)? {
        let timeouts = configuration.timeouts
        switch phase {
        case .closed: return nil
        case .lingering(let until, _): return (until, .linger)
        case .open, .closing: break
        }
        var candidates: [(instant: Instant, kind: Expiry)] = []
        if let start = times.writeStart {
            // A total deadline, and before that the minimum rate.
            candidates.append((start + min(timeouts.answer, timeouts.write + allowance(times.written)), .write))
        }
        if let start = times.headStart {
            candidates.append((start + timeouts.header, .header))
        }
        if let start = times.bodyStart {
            // A total deadline, and before that the minimum rate: slower than it for `rateGrace` is too slow.
            let rateLimit = start + timeouts.rateGrace + allowance(times.bodyReceived)
            candidates.append((min(start + timeouts.body, rateLimit), .body))
        }
        if exchange == nil, times.headStart == nil, output.isEmpty {
            candidates.append((times.idleStart + timeouts.idle, .idle))
        }
        return candidates.min { $0.instant < $1.instant }
    }

    /// The time that the minimum rate grants for so many bytes.
    private func allowance(_ bytes: Int) -> Duration {
        .seconds(Double(bytes) / Double(max(1, configuration.timeouts.minimumRate)))
    }

    /// Acts on a deadline that has passed.
    public mutating func timeout(at now: Instant) -> [Action] {
        guard let (instant, kind) = nextExpiry, instant <= now else { return [] }
        switch kind {
        case .idle, .write, .linger: close()
        case .header: expire("the header section was not complete within \(configuration.timeouts.header)", now)
        case .body:
            expire(
                "the body was not complete within \(configuration.timeouts.body), or slower than "
                    + "\(configuration.timeouts.minimumRate) bytes a second", now)
        }
        return takeActions()
    }

    /// RFC 9110 section 15.5.9.
    private mutating func expire(_ detail: String, _ now: Instant) {
        refuse(ProtocolViolation(status: .requestTimeout, detail: detail), now)
        advance(now)
    }
}
