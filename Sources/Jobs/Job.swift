/// Where a job is in its life. A closed set; a terminal state is final. A job is queued until its first image is
/// computed, also while it has a place among those that take turns.
public enum JobStatus: String, CaseIterable, Sendable {
    case queued, running, succeeded, failed, cancelled

    /// Whether the job has ended. The store refuses every later change of a terminal status.
    public var isTerminal: Bool {
        switch self {
        case .queued, .running: false
        case .succeeded, .failed, .cancelled: true
        }
    }
}

/// The network that a job runs on, fixed when the job is accepted.
public struct ModelReference: Hashable, Sendable {
    public var name: String
    /// SHA-256 of the weights in hexadecimal.
    public var weightsSHA256: String

    public init(name: String, weightsSHA256: String) {
        self.name = name
        self.weightsSHA256 = weightsSHA256
    }
}

/// Orders the states of one job that can be told apart from outside: it grows with every change of status or progress
/// and never repeats, also not over a crash, so that it serves as ETag and for long polls.
///
/// The high 32 bits count the changes written to the store, the low 32 bits the progress published in memory since the
/// job was begun. What a dead process had published in memory is overtaken by the change that puts its jobs back into
/// the queue.
public struct JobVersion: Hashable, Comparable, Sendable, CustomStringConvertible {
    public var number: Int64

    public init(number: Int64) {
        self.number = number
    }

    /// How many changes have been written to the store.
    public var stored: Int64 { number >> 32 }

    public static func < (left: JobVersion, right: JobVersion) -> Bool {
        left.number < right.number
    }

    public var description: String { String(number, radix: 16) }
}

/// How far a job has come.
public struct JobProgress: Hashable, Sendable {
    /// Steps done, averaged over the images and rounded down: equals `steps` only when every image is done. Never
    /// decreases, except when a crash loses what was not yet saved.
    public var step: Int
    /// Steps that each image takes.
    public var steps: Int
    public var imagesDone: Int
    public var images: Int

    public init(step: Int, steps: Int, imagesDone: Int, images: Int) {
        self.step = step
        self.steps = steps
        self.imagesDone = imagesDone
        self.images = images
    }
}

/// What a job has cost. Work that a crash lost is not counted, so the counts of a finished job follow from its request
/// alone.
public struct JobTiming: Hashable, Sendable {
    /// Milliseconds from acceptance to the first start; nil while queued for the first time.
    public var queueMilliseconds: Int64?
    /// The job's share of the time its batches took: a batch's time is divided by rows.
    public var computeMilliseconds: Double
    /// Network evaluations, counted in rows: one image's step with guidance is two.
    public var networkCalls: Int64
    /// Steps done, summed over the images.
    public var imageSteps: Int64

    package init(queueMilliseconds: Int64?, computeMilliseconds: Double, networkCalls: Int64, imageSteps: Int64) {
        self.queueMilliseconds = queueMilliseconds
        self.computeMilliseconds = computeMilliseconds
        self.networkCalls = networkCalls
        self.imageSteps = imageSteps
    }

    /// Compute time per step of one image; nil before the first step.
    public var millisecondsPerStep: Double? {
        imageSteps > 0 ? computeMilliseconds / Double(imageSteps) : nil
    }
}

/// One accepted request: what was asked, where it is, what came out. A value; the store holds the truth.
public struct Job: Equatable, Sendable {
    public var id: JobID
    /// `generation`, `inpainting`, ...: opaque here.
    public var kind: String
    public var status: JobStatus
    public var model: ModelReference
    /// The request with defaults filled in, as JSON; opaque here.
    public var request: [UInt8]
    public var createdAt: Timestamp
    /// The first start.
    public var startedAt: Timestamp?
    public var finishedAt: Timestamp?
    public var progress: JobProgress
    /// How many times the job has been started; a graceful stop does not count.
    public var attempt: Int
    /// `progress.step` that the latest attempt began with; nil when it began from nothing.
    public var resumedFromStep: Int?
    public var timing: JobTiming
    /// Why the job failed, as a problem document in JSON; opaque here.
    public var error: [UInt8]?
    /// The images that are stored, in order of index: all of them once the job has succeeded, none of a job that has
    /// failed or was cancelled.
    public var images: [ImageRecord]
    /// To whom the job belongs: the name of a token; empty where no tokens were asked for.
    public var owner = ""
    /// `NewJob.arithmetic`, where the store keeps it.
    public var arithmetic = ""
    /// Whether the retention policy leaves it alone.
    public var isPinned = false
    /// 1 for the job that, as things are, is begun next among the large ones, or among the others; nil unless queued.
    public var queuePosition: Int?
    public var version: JobVersion

    /// A job of which nothing has been done.
    package init(id: JobID, kind: String, model: ModelReference, request: [UInt8], createdAt: Timestamp) {
        (self.id, self.kind, self.model, self.request) = (id, kind, model, request)
        (self.createdAt, status, attempt, images) = (createdAt, .queued, 0, [])
        progress = JobProgress(step: 0, steps: 0, imagesDone: 0, images: 0)
        timing = JobTiming(queueMilliseconds: nil, computeMilliseconds: 0, networkCalls: 0, imageSteps: 0)
        version = JobVersion(number: 0)
    }
}
