import Tensors
import Training

/// The training of one classifier on the images of one arm.
struct ArmTraining {
    let classifier: any TrainableClassifier
    let steps: Int, batch: Int
    /// Of the weights at the beginning, the order of the images and their warps.
    let key: UInt64
    let compute: Compute

    /// Trains it; each phase has as many steps. An image's loss is weighted so that each class of its phase counts the
    /// same.
    /// - Parameter input: of an image, and the number of the draw, by which it may be varied.
    /// - Throws: `TrainingError` where a gradient is not finite; what `input` throws.
    func run(_ phases: [[DownstreamExample]], input: (DownstreamExample, _ number: Int) throws -> [Float]) throws {
        let start = classifier.initialValues(seed: key)
        let descent = Descent(start, classifier.optimiser, steps: steps, compute: compute)
        var gradients = [Float](repeating: 0, count: start.count), number = 0
        for (place, examples) in phases.enumerated() {
            let order = EpochOrder(seed: key &+ UInt64(place), count: examples.count), weights = Self.weights(examples)
            let last = steps * (place + 1) / phases.count
            var seen = 0
            while descent.steps < last {
                let drawn = (0..<batch).map { examples[order.image(seen + $0)] }
                classifier.load(descent.weights)
                try classifier.accumulate(
                    drawn.enumerated().map { try input($0.element, number + $0.offset) }, compute: compute,
                    into: &gradients
                ) { logits in
                    zip(logits, drawn).map { logits, example in
                        ClassProbabilities.gradient(
                            logits, label: example.label, weight: weights[example.label] / Double(batch))
                    }
                }
                try descent.step(&gradients)
                (seen, number) = (seen + batch, number + batch)
            }
        }
        classifier.load(descent.weights)
    }

    /// Of each class n / (K n_k): the images of every class weigh the same together.
    private static func weights(_ examples: [DownstreamExample]) -> [Double] {
        var counts = [Int](repeating: 0, count: (examples.map(\.label).max() ?? 0) + 1)
        for example in examples { counts[example.label] += 1 }
        let present = counts.count { $0 > 0 }
        return counts.map { $0 > 0 ? Double(examples.count) / Double(present * $0) : 0 }
    }
}
