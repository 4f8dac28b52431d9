import Jobs

/// A request to the fake engine: what it makes is a pure function of this and the image's index.
public struct FakeRequest: Sendable, Equatable {
    public var seed: UInt64
    public var images = 1
    public var steps = 4
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

    /// - Parameter units: of each network evaluation.
    public func newJob(key: String? = nil, units: Int = 1) -> NewJob {
        NewJob(
            kind: "generation", model: ModelReference(name: "model\(group)", weightsSHA256: "ab"), request: bytes,
            run: bytes, work: PlannedWork(images: images, steps: steps, callsPerImage: steps * rows, unitsPerCall: units, isLarge: isLarge),
            idempotency: key.map { IdempotencyKey(scope: "tests", key: $0, digest: "\(seed)") })
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

/// A chain of mixed numbers: each state depends on all steps before it, so a step left out or made twice shows in the image.
public struct FakeTrajectory: Sendable, Equatable {
    public let request: FakeRequest
    public let image: Int
    public private(set) var step = 0
    private var chain: [UInt64]

    init(request: FakeRequest, image: Int) {
        self.request = request
        self.image = image
        chain = (0..<4).map { mix(request.seed &+ UInt64(image) &* 4 &+ $0) }
    }

    mutating func advance() {
        step += 1
        for index in chain.indices { chain[index] = mix(chain[index] ^ UInt64(step)) }
    }

    var saved: [UInt8] {
        Array(([String(step)] + chain.map { String($0) }).joined(separator: " ").utf8)
    }

    init(request: FakeRequest, image: Int, saved: [UInt8]) throws {
        let numbers = String(decoding: saved, as: UTF8.self).split(separator: " ").compactMap { UInt64($0) }
        guard numbers.count == 5 else { throw FakeError.unreadable }
        self.init(request: request, image: image)
        step = Int(numbers[0])
        chain = Array(numbers[1...])
    }

    var imageBytes: [UInt8] {
        chain.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
    }
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014, fig. 18).
private func mix(_ value: UInt64) -> UInt64 {
    var z = value &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
}
