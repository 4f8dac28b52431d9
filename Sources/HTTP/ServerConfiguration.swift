/// Everything a server can be told: where to listen, how much it accepts, how long it waits.
public struct ServerConfiguration: Sendable, Equatable {
    /// An IPv4 or IPv6 address, a host name, or `localhost` for both loopback addresses. `::` listens on both families.
    public var host: String
    /// 0 lets the system choose; ``Server/port`` then tells which.
    public var port: UInt16
    /// How much is accepted.
    public var limits: Limits
    /// How long is waited.
    public var timeouts: Timeouts

    /// A configuration for loopback and a port that the system chooses, unless others are given.
    public init(
        host: String = "127.0.0.1", port: UInt16 = 0, limits: Limits = Limits(), timeouts: Timeouts = Timeouts()
    ) {
        self.host = host
        self.port = port
        self.limits = limits
        self.timeouts = timeouts
    }

    /// Sizes in bytes or counts; what exceeds one is refused with the status given.
    public struct Limits: Sendable, Equatable {
        /// The header section, and separately the trailer section, with all its line ends. 431.
        public var headerBytes = 32 << 10
        /// Field lines of a header section, and separately of a trailer section. 431.
        public var headerCount = 100
        /// The request target. 414. RFC 9112 section 3 asks for at least 8,000 for the whole request line.
        public var targetBytes = 8_192
        /// A request body after decoding the chunks; a route may set less or more through ``Acceptance``. 413.
        public var bodyBytes = 8 << 20
        /// The bodies of all requests from their first byte until the handler has read them; what would exceed it is
        /// refused. 503.
        public var bodyBytesInAll = 256 << 20
        /// The answers above 16 KiB that are not with their clients yet; a GET whose answer would exceed it is told to
        /// come again. 503.
        public var answerBytesInAll = 256 << 20
        /// Open connections; one more is answered with 503. Lowered at start to what the descriptor limit allows.
        public var connections = 16_384
        /// Connections from one IPv4 address or one IPv6 /64 network; one more is answered with 503.
        public var connectionsPerAddress = 1_024
        /// Whether `connectionsPerAddress` counts for loopback addresses too: there a reverse proxy speaks for
        /// everybody.
        public var capsLoopback = false
        /// Addresses that `connectionsPerAddress` does not count for: proxies, which speak for everybody too.
        public var uncapped: [NetworkRange] = []
        /// Bytes of later, pipelined requests held while an answer is pending; beyond them the socket is not read.
        public var pipelined = 16_384

        public init() {}
    }

    /// Durations. Deadlines are total, not per read: one byte a second does not extend them.
    public struct Timeouts: Sendable, Equatable {
        /// Time from the first byte of a request to the end of its header section, then 408.
        public var header: Duration = .seconds(10)
        /// Time from the end of the header section to the end of the body, then 408.
        public var body: Duration = .seconds(60)
        /// Time for a client to take what is ready for it, plus what `minimumRate` allows for what it took.
        public var write: Duration = .seconds(30)
        /// Time for a client to take a whole answer (of a stream, one piece), however steadily it does.
        public var answer: Duration = .seconds(300)
        /// Time between requests, after which the connection is closed.
        public var idle: Duration = .seconds(75)
        /// Time for answers in flight once ``Server/drain(deadline:completion:)`` was called without a deadline.
        public var drain: Duration = .seconds(30)
        /// Bytes per second that a body must keep up, and a client must take, after `rateGrace`.
        public var minimumRate = 1_000
        /// How long a body may be slower than `minimumRate`.
        public var rateGrace: Duration = .seconds(5)
        /// How long input is read and discarded after the last answer, so that the client can read that answer.
        public var linger: Duration = .seconds(2)

        public init() {}
    }
}
