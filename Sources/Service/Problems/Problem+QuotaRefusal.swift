import HTTPTypes
import Jobs

extension Problem {
    /// What a client is told of a job that is more than its token may have: 429 where waiting helps, 422 where it does
    /// not.
    init(_ refusal: QuotaRefusal) {
        let what = Self.words(refusal.dimension)
        let fields = HTTPFields(refusal.standings)
        guard !refusal.isForEver else {
            let pointer =
                switch refusal.dimension {
                case .images: "#/count"
                case .steps: "#/steps"
                case .jobs, .queued: "#"
                }
            let detail =
                "expected at most \(refusal.limit) \(what) (the quota of \(refusal.owner)), got \(refusal.asked)"
            self.init(
                .invalid, "The job is more than the whole quota of its token.",
                errors: [.init(pointer: pointer, detail: detail)], fields: fields)
            return
        }
        self.init(
            .overQuota,
            "The token of \(refusal.owner) may have \(refusal.limit) \(what); \(refusal.remaining) are left, and the "
                + "job takes \(refusal.asked).",
            fields: fields)
        if let seconds = refusal.secondsToWait { self = retrying(after: seconds) }
    }

    private static func words(_ dimension: JobQuota.Dimension) -> String {
        switch dimension {
        case .jobs: "jobs a minute"
        case .queued: "jobs in the queue"
        case .images: "images a day"
        case .steps: "steps a day, summed over the images"
        }
    }
}

extension JobStoreError {
    /// Whether a place in the queue has to become free first: how long that takes the store does not know.
    var isAboutWaiting: Bool {
        switch self {
        case .queueFull: true
        case .overQuota(let refusal): refusal.dimension == .queued && !refusal.isForEver
        default: false
        }
    }
}

extension HTTPFields {
    /// `RateLimit-Policy` and `RateLimit`, lists of structured fields (draft-ietf-httpapi-ratelimit-headers-10): limits
    /// with their windows in seconds, what is left of each and when more will be. Empty without a limit.
    init(_ standings: [QuotaStanding]) {
        self.init()
        guard !standings.isEmpty else { return }
        self[.rateLimitPolicy] =
            standings.map { standing in
                let window = standing.dimension.windowSeconds.map { ";w=\($0)" } ?? ""
                return "\"\(standing.dimension.rawValue)\";q=\(standing.limit)\(standing.dimension.unit)\(window)"
            }.joined(separator: ", ")
        self[.rateLimit] =
            standings.map { standing in
                "\"\(standing.dimension.rawValue)\";r=\(standing.remaining)"
                    + (standing.secondsToMore.map { ";t=\($0)" } ?? "")
            }.joined(separator: ", ")
    }
}

extension JobQuota.Dimension {
    /// The parameter that tells the unit. Without one a limit is of requests; `qu` takes only those that are registered
    /// (section 3.1.2 of the draft), and a parameter of one's own has the name of the product before it.
    /// A request takes one image and one step at least, so whoever knows only requests does not send too many.
    fileprivate var unit: String {
        switch self {
        case .jobs: ""
        case .queued: ";qu=\"concurrent-requests\""
        case .images: ";phantom-unit=\"images\""
        case .steps: ";phantom-unit=\"steps\""
        }
    }
}

extension HTTPField.Name {
    // Constant tokens.
    static let rateLimit = HTTPField.Name("RateLimit")!
    static let rateLimitPolicy = HTTPField.Name("RateLimit-Policy")!
}
