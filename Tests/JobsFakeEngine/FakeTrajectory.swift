import Jobs
import TestSupport

/// A chain of mixed numbers: each state depends on all steps before it, so a step left out or made twice shows in the
/// image.
public struct FakeTrajectory: EngineTrajectory {
    public let request: FakeRequest
    public let image: Int
    public private(set) var step = 0
    private var chain: [UInt64]
    /// Told of each save.
    var noteSave: (@Sendable () -> Void)?

    init(request: FakeRequest, image: Int) {
        self.request = request
        self.image = image
        chain = (0..<4).map { mix(request.seed &+ UInt64(image) &* 4 &+ $0) }
    }

    mutating func advance() {
        step += 1
        for index in chain.indices { chain[index] = mix(chain[index] ^ UInt64(step)) }
    }

    public var isFinished: Bool { step >= request.steps }
    public var rowsOfNextStep: Int { request.rowsOfStep(after: step) }

    public func saved() -> [UInt8] {
        noteSave?()
        return Array(([String(step)] + chain.map { String($0) }).joined(separator: " ").utf8)
    }

    init(request: FakeRequest, image: Int, saved: [UInt8]) throws {
        let numbers = String(decoding: saved, as: UTF8.self).split(separator: " ").compactMap { UInt64($0) }
        guard numbers.count == 5 else { throw FakeError.unreadable }
        self.init(request: request, image: image)
        step = Int(numbers[0])
        chain = Array(numbers[1...])
    }

    /// - Throws: `FakeError.told` where the request says so.
    public func output() throws -> ImageOutput {
        if request.failure == .finish, image == FakeRequest.failingImage { throw FakeError.told(.finish) }
        let traits = ImageTraits(
            seed: String(request.seed &+ UInt64(image)), format: .init(width: 2, height: 2, bitDepth: 8),
            sha256: imageBytes.map { String($0, radix: 16) }.joined(), mediaType: "image/fake")
        return ImageOutput(traits, bytes: imageBytes)
    }

    var imageBytes: [UInt8] {
        chain.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
    }
}

/// The first number after `value`.
private func mix(_ value: UInt64) -> UInt64 {
    var generator = SplitMix64(state: value)
    return generator.next()
}
