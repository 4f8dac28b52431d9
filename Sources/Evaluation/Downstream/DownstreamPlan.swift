import JSON
import Numbers

/// What the downstream experiment does: which classifiers, shares of the real images, seeds and steps.
public struct DownstreamPlan: Sendable, Equatable {
    /// A kind of classifier.
    public enum Classifier: String, CaseIterable, Sendable {
        /// `ConvolutionalClassifier` on pixels.
        case convolutional
        /// A linear one on the features of the evaluation.
        case linear
    }

    public var classifiers = Classifier.allCases
    /// Of the real training images, in percent.
    public var shares = [10, 25, 100]
    public var arms = DownstreamArm.allCases
    /// Seeds of each arm: of the images that are drawn, their order, and the weights at the beginning.
    public var seeds = 5
    /// Steps of every training, and images of a step.
    public var steps = 800, batch = 32
    public var seed: UInt64

    public init(seed: UInt64) { self.seed = seed }

    /// One training.
    struct Training: Sendable, Equatable {
        let classifier: Classifier
        let share: Int
        let arm: DownstreamArm
        /// Number of its seed.
        let seed: Int

        /// The name of the file of its outcome.
        var file: String { "\(classifier.rawValue)-\(share)-\(arm.rawValue)-\(seed).safetensors" }
    }

    /// Every training, in the order in which they are made.
    var trainings: [Training] {
        classifiers.flatMap { classifier in
            shares.flatMap { share in
                (0..<seeds).flatMap { seed in
                    arms.map { Training(classifier: classifier, share: share, arm: $0, seed: seed) }
                }
            }
        }
    }

    var json: JSONObject {
        [
            "classifiers": .array(classifiers.map { .string($0.rawValue) }),
            "shares": .array(shares.map { .integer($0) }),
            "arms": .array(arms.map { .string($0.rawValue) }), "seeds": .integer(seeds), "steps": .integer(steps),
            "batch": .integer(batch), "seed": .string(String(seed)),
        ]
    }

    /// Of the real images, those of patients in random order until the share is reached.
    func real(_ images: ClassifiedImages, share: Int, seed number: Int) -> [DownstreamExample] {
        let wanted = max(1, (images.count * share + 50) / 100)
        var members: [String: [Int]] = [:]
        for (index, group) in images.groups.enumerated() { members[group, default: []].append(index) }
        let names = members.keys.sorted()
        let order = EvaluationDraw.downstreamPatients.indices(seed: seed).permutation(names.count, replicate: number)
        var taken: [Int] = []
        for place in order where taken.count < wanted { taken += members[names[place]] ?? [] }
        return taken.sorted().map { DownstreamExample(isSynthetic: false, place: $0, label: images.labels[$0]) }
    }

    /// As many synthetic images of each class as there are real ones; where there are fewer, some stand twice.
    func synthetic(
        _ images: ClassifiedImages, like real: [DownstreamExample], classes: Int, seed number: Int
    ) -> [DownstreamExample] {
        let draws = EvaluationDraw.downstreamImages.indices(seed: seed), places = images.places(classes: classes)
        return (0..<classes).flatMap { label -> [DownstreamExample] in
            let order = draws.permutation(places[label].count, replicate: number * classes + label)
            return (0..<real.count { $0.label == label }).map {
                DownstreamExample(isSynthetic: true, place: places[label][order[$0 % order.count]], label: label)
            }
        }
    }

    /// The key of a training's weights, order and warps: the same for every arm of a share and a seed.
    func key(_ training: Training) -> UInt64 {
        let words = Philox.block(
            counter: SIMD4(UInt32(training.share), UInt32(training.seed), 0, EvaluationDraw.downstreamImages.rawValue),
            key: seed)
        return UInt64(words[0]) | UInt64(words[1]) << 32
    }
}
