import Jobs

/// A request to the fake engine: what it makes is a pure function of this and the image's index.
public struct FakeRequest: Sendable, Equatable {
    public var seed: UInt64
    public var images = 1
    public var steps = 4
    /// Rows that a step of one image takes, but for each third one, which takes 1: as with a guidance interval.
    public var rows = 1
    /// Batch key.
    public var group = 0
    public var failure: Failure?
    /// Whether its steps are large ones.
    public var isLarge: Bool

    public enum Failure: String, Sendable {
        case plan, begin, step, finish
    }

    /// The image and the step (steps done before it) at which `begin`, `step` or `finish` fail.
    public static let failingImage = 1
    public static let failingStep = 2

    public init(seed: UInt64, images: Int = 1, steps: Int = 4, rows: Int = 1, group: Int = 0, failure: Failure? = nil, isLarge: Bool = false) {
        self.seed = seed
        self.images = images
        self.steps = steps
        self.rows = rows
        self.group = group
        self.failure = failure
        self.isLarge = isLarge
    }

    public var bytes: [UInt8] {
        Array("\(seed) \(images) \(steps) \(rows) \(group) \(failure?.rawValue ?? "-") \(isLarge)".utf8)
    }

    public init(_ bytes: [UInt8]) throws {
        let words = String(decoding: bytes, as: UTF8.self).split(separator: " ")
        guard words.count == 7, let seed = UInt64(words[0]), let images = Int(words[1]), let steps = Int(words[2]),
            let rows = Int(words[3]), let group = Int(words[4])
        else { throw FakeError.unreadable }
        self.init(
            seed: seed, images: images, steps: steps, rows: rows, group: group,
            failure: Failure(rawValue: String(words[5])), isLarge: words[6] == "true")
    }

    /// Rows that the step after `step` steps takes.
    public func rowsOfStep(after step: Int) -> Int { step % 3 == 1 ? 1 : rows }

    /// Rows that all steps of one image take.
    public var callsPerImage: Int { (0..<steps).reduce(0) { $0 + rowsOfStep(after: $1) } }

    /// - Parameter units: of each network evaluation.
    public func newJob(key: String? = nil, units: Int = 1) -> NewJob {
        var job = NewJob(
            kind: "generation", model: ModelReference(name: "model\(group)", weightsSHA256: "ab"), request: bytes,
            run: bytes,
            work: PlannedWork(
                images: images, steps: steps, callsPerImage: callsPerImage, unitsPerCall: units, isLarge: isLarge))
        job.idempotency = key.map { IdempotencyKey(scope: "tests", key: $0, digest: "\(seed)") }
        return job
    }

    /// The bytes of an image, made in a plain loop without any engine.
    public func expectedImage(_ index: Int) -> [UInt8] {
        var trajectory = FakeTrajectory(request: self, image: index)
        for _ in 0..<steps { trajectory.advance() }
        return trajectory.imageBytes
    }
}

public enum FakeError: Error, Equatable {
    case unreadable
    /// Nobody wanted the step any more.
    case left
    case told(FakeRequest.Failure)
}

extension FakeRequest: EnginePlan {
    public var batchKey: Int { group }
    public var rowsTogether: Int { isLarge ? 1 : .max }
}
