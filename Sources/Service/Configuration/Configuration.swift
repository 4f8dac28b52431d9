import Copies
import HTTP
import Jobs

/// All that `phantom serve` can be told. Defaults stand here; `config.json` overrides them, `PHANTOM_...` in the
/// environment overrides that, and options of the command override all (see `ConfigurationSources`).
public struct Configuration: Sendable, Equatable {
    /// Address or name to listen on. Anything but loopback needs `auth`.
    public var host = "127.0.0.1"
    /// 0 takes any free port; the log names it.
    public var port = 8080
    public var models: [ModelReference] = []
    /// Whether `models` is a list, of none: the service starts all the same, and models come when they are loaded anew.
    public var startsWithoutModels = false
    public var database = Database.sqlite(path: "phantom.sqlite")
    public var role = Role.all
    /// Seconds after which a job of a process that is silent goes to another, where several share a queue.
    public var leaseSeconds = 15.0
    public var durability = Durability.durable
    /// Where the bytes of images are.
    public var images = Images()
    /// Worker threads, each with its own compute threads; nil is decided by the machine (`resolvingThreads`).
    public var workers: Int?
    /// Compute threads of one worker.
    public var threadsPerWorker: Int?
    /// Trajectories in one network evaluation.
    public var maxBatch = 8
    /// Jobs that may wait or run at the same time; one more is refused with 429.
    public var queueLimit = JobBoard.Configuration().queueLimit
    public var limits = Limits()
    public var timeouts = Timeouts()
    public var retention = Retention()
    public var auth = Auth.unset
    /// Names, beside loopback names and `host`, under which the service may be asked while `auth` is unset; see
    /// `HostList`.
    public var hosts: [String] = []
    /// Where `Forwarded` and `X-Forwarded-...` are believed; see `Forwarding`.
    public var proxies: [NetworkRange] = []
    /// Exact origins of web pages that may use the service.
    public var cors: [String] = []
    public var log = Log()
    /// What becomes of images that are too near to one of the model's training images.
    public var copies = CopyPolicy.off
    /// How ends of jobs are told to addresses that requests name; nil: they are not.
    package var webhooks: WebhookSender.Settings?

    public init() {}

    /// A model folder, under the name that requests use; without a name the folder's own.
    public struct ModelReference: Sendable, Equatable {
        public var name: String?
        public var path: String

        public init(name: String?, path: String) {
            self.name = name
            self.path = path
        }
    }

    public enum Database: Sendable, Equatable {
        case sqlite(path: String)
        /// As libpq reads it.
        case postgres(url: String)
    }

    /// What a process does for the queue.
    public enum Role: String, Sendable, CaseIterable {
        /// Answers and computes.
        case all
        /// Answers for jobs that others compute.
        case api
        /// Computes what others have accepted; answers probes.
        case worker

        /// - Throws: `ConfigurationError` for another word.
        public init(option text: String) throws(ConfigurationError) {
            guard let role = Self(rawValue: text) else {
                throw ConfigurationError(
                    source: "--role", expected: Self.allCases.map(\.rawValue).joined(separator: ", "), got: text)
            }
            self = role
        }
    }

    /// Whether an accepted job may be lost when the server of the database crashes.
    public enum Durability: String, Sendable, CaseIterable {
        case durable
        case mayForget = "may-forget"
    }

    public struct Limits: Sendable, Equatable {
        public var bodyBytes = ServerConfiguration.Limits().bodyBytes
        /// Width times height of one image.
        public var pixels = 1 << 20
        /// Images of one job.
        public var count = 64
        /// Sampler steps of one image.
        public var steps = 4000
        public var headerBytes = ServerConfiguration.Limits().headerBytes
        public var connections = ServerConfiguration.Limits().connections
        /// Streams of events that are open at the same time, in all and for each token or, without tokens, address.
        public var streams = 4_096
        public var streamsPerClient = 1_024
        /// Memory that weights and computing may take in all; nil is half of the machine's, or of the control group's.
        public var memoryBytes: Int?
    }

    /// Seconds.
    public struct Timeouts: Sendable, Equatable {
        /// From the first byte of a request to the end of its header.
        public var header = 10.0
        /// From the end of the header to the end of the body.
        public var body = 60.0
        /// Between two requests of a connection.
        public var idle = 75.0
        /// From the signal to stop to the last answer and the last save; the process ends at most five seconds later.
        public var drain = 30.0
    }

    /// Jobs that have ended are kept so long, and in so much space; the oldest go first.
    public struct Retention: Sendable, Equatable {
        public var days = 30
        public var bytes = 10 << 30
    }

    public enum Auth: Sendable, Equatable {
        /// Nothing said: no token is asked for, only loopback may be listened on, and only known names are answered to.
        case unset
        /// Said explicitly to be open.
        case none
        /// Who has one of these; each name and each digest once.
        case tokens([AccessToken])
    }

    public struct Log: Sendable, Equatable {
        public enum Format: String, Sendable, CaseIterable { case json, text }
        public enum Level: String, Sendable, CaseIterable { case trace, debug, info, notice, warning, error, critical }
        public var level = Level.info
        public var format = Format.json
    }
}
