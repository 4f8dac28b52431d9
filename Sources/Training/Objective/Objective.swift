import Diffusion

/// What a run minimises: the weighted squared error of the network's target, averaged over the values of an image and
/// over the images of a batch.
///
/// With `epsilon`, weight `plain` and a continuous process it is score matching: the score is -output/std, and
/// |std score + z|^2 = |z - output|^2 (Song et al. 2021, eq. 7 with lambda = std^2).
public struct Objective: Sendable {
    public let draw: NoiseDraw
    public let prediction: PredictionType
    public let weight: LossWeight

    public init(draw: NoiseDraw, prediction: PredictionType, weight: LossWeight) {
        (self.draw, self.prediction, self.weight) = (draw, prediction, weight)
    }

    public var parameterisation: Parameterisation { .variancePreserving(prediction) }

    /// An image made into a training example.
    public struct Example: Sendable {
        public let time: NoiseTime
        /// What the network is shown, and what it is to answer; equal counts.
        public let sample: [Float], target: [Float]
        public let weight: Double
    }

    /// - Parameters:
    ///   - image: clean, [channels, height, width].
    ///   - noise: standard normal, as many values.
    public func example(_ image: [Float], noise: [Float], at time: NoiseTime) -> Example {
        let parameterisation = parameterisation
        return Example(
            time: time, sample: parameterisation.noised(image, noise: noise, at: time.level),
            target: parameterisation.target(image, noise: noise, at: time.level),
            weight: weight.value(snr: time.snr, prediction: prediction))
    }

    /// The example's loss, in double precision from the first value to the last, and its gradient.
    /// - Parameters:
    ///   - output: the network's answer, as many values as the target.
    ///   - share: this example's part in the loss of its batch, 1/batch.
    public func loss(_ example: Example, output: [Float], share: Double) -> (value: Double, gradient: [Float]) {
        let count = example.target.count
        let scale = Float(2 * example.weight * share / Double(count))
        var sum = 0.0
        var gradient = [Float](repeating: 0, count: count)
        for i in 0..<count {
            let error = output[i] - example.target[i]
            sum += Double(error) * Double(error)
            gradient[i] = scale * error
        }
        return (example.weight * sum / Double(count), gradient)
    }
}
