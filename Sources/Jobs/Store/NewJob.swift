/// A validated request on its way into the queue.
public struct NewJob: Sendable {
    public var kind: String
    public var model: ModelReference
    /// What was asked for, with every default filled in, as JSON: for people. Opaque here.
    public var request: [UInt8]
    /// What is run, fixed now: whatever runs this job later reads nothing else. Opaque here.
    public var run: [UInt8]
    public var work: PlannedWork
    /// What came with the request, each under a name of its own.
    public var inputs: [JobInput] = []
    public var idempotency: IdempotencyKey?
    /// Words by which its images are found in lists.
    public var labels: [JobLabel] = []
    /// The version of the arithmetic that its images have to be made by, so that their bits are those that were
    /// promised: only a process of the same takes it from a queue that several share. Empty: any.
    public var arithmetic = ""
    /// To whom it belongs: the name of a token; empty where no tokens are asked for.
    public var owner = ""
    /// What the owner may ask for; checked and counted in the transaction that accepts the job.
    public var quota = JobQuota()
    /// Where its end is told; a store without an outbox cannot keep it.
    public var callback: JobCallback?

    public init(kind: String, model: ModelReference, request: [UInt8], run: [UInt8], work: PlannedWork) {
        (self.kind, self.model, self.request, self.run, self.work) = (kind, model, request, run, work)
    }
}

/// Something that a job works on, such as the image to be filled in. Jobs that work on the same share one stored copy,
/// which goes with the last of them.
public struct JobInput: Hashable, Sendable {
    /// What it is to the job, e.g. `mask`.
    public var name: String
    /// Names the content, for ever: the store keeps one copy of each. Opaque here.
    public var digest: String
    public var mediaType: String
    public var bytes: [UInt8]

    public init(name: String, digest: String, mediaType: String, bytes: [UInt8]) {
        self.name = name
        self.digest = digest
        self.mediaType = mediaType
        self.bytes = bytes
    }
}

/// What a job will take; progress and waiting times are reckoned from it.
public struct PlannedWork: Hashable, Sendable {
    /// Images of the job, at least 1.
    public var images: Int
    /// Steps of each image, as `EngineTrajectory.step` counts them.
    public var steps: Int
    /// Network evaluations of each image, in rows: with guidance twice the steps.
    public var callsPerImage: Int
    /// What one network evaluation of one row takes, in units for each of which a model takes about as long: pixels.
    /// 0: not known.
    public var unitsPerCall: Int
    /// Whether one step of one image takes long. Such jobs have places of their own among those that are run, and hold
    /// up no others.
    public var isLarge: Bool

    public init(images: Int, steps: Int, callsPerImage: Int, unitsPerCall: Int = 0, isLarge: Bool = false) {
        self.images = images
        self.steps = steps
        self.callsPerImage = callsPerImage
        self.unitsPerCall = unitsPerCall
        self.isLarge = isLarge
    }

    /// Network evaluations in all; the largest Int when that is not representable.
    package var calls: Int {
        let (product, overflow) = images.multipliedReportingOverflow(by: callsPerImage)
        return overflow ? Int.max : product
    }
}

/// The client's promise that two requests are the same one (draft-ietf-httpapi-idempotency-key-header). It lives as
/// long as its job.
public struct IdempotencyKey: Hashable, Sendable {
    /// Whose key it is: two tokens may use the same key for different things.
    public var scope: String
    public var key: String
    /// A digest of the request's body.
    public var digest: String

    public init(scope: String, key: String, digest: String) {
        self.scope = scope
        self.key = key
        self.digest = digest
    }
}

/// What became of a `NewJob`.
public struct Submission: Sendable {
    public var job: Job
    /// False when an earlier request with the same idempotency key had made the job.
    public var isNew: Bool
    /// The limits of the owner's quota as they stand now.
    public var standings: [QuotaStanding]

    package init(job: Job, isNew: Bool, standings: [QuotaStanding] = []) {
        self.job = job
        self.isNew = isNew
        self.standings = standings
    }
}
