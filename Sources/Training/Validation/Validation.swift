import Diffusion
import Networks
import Numbers
import Tensors

/// How well the averaged network denoises fixed images with fixed noise at 16 fixed levels: comparable between targets,
/// weights and schedules, and between training and held-out images.
struct Validation {
    let plan: RunPlan
    let images: RunImages

    /// ln snr of the levels, one apart: the middles of 16 intervals from -8 to 8.
    static let levels = (0..<16).map { Double($0) - 7.5 }
    /// Images of each kind at most.
    static let mostImages = 32

    /// What one set of images gave.
    struct Result: Equatable {
        /// The mean squared error of the image at each level.
        var errors: [Double]
        /// The variational bound in bits per dimension of 8-bit images.
        var bits: Double
    }

    /// Training images, as many as held-out ones and evenly spread, and held-out ones, or nil where there are none.
    func callAsFunction(_ source: any GradientSource, _ compute: Compute) throws -> (training: Result, heldOut: Result?)
    {
        let (training, heldOut) = (images.training, images.heldOut)
        let count = min(Self.mostImages, training.count, heldOut.map { max(1, $0.count) } ?? Self.mostImages)
        let first = try result(training, count, source, compute)
        guard let heldOut, heldOut.count > 0 else { return (first, nil) }
        return (first, try result(heldOut, min(count, heldOut.count), source, compute))
    }

    private func result(
        _ images: any TrainingImages, _ count: Int, _ source: any GradientSource, _ compute: Compute
    ) throws -> Result {
        let times = Self.levels.map { plan.objective.draw.process.time(logSNR: $0) }
        var errors = [Double](repeating: 0, count: times.count)
        var power = 0.0
        for index in 0..<count {
            let image = index * images.count / count
            let values = try images.values(image)
            power += values.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(values.count * count)
            let key = NoiseKey(seed: plan.settings.seed, purpose: .validation, step: UInt32(truncatingIfNeeded: index))
            let noise = key.normals(count: values.count)
            let samples = times.map { plan.objective.parameterisation.noised(values, noise: noise, at: $0.level) }
            let rows = zip(samples, times).map { sample, time in
                TrainingRow(
                    sample: plan.settings.input(sample, of: values, height: images.height, width: images.width),
                    timestep: time.timestep, classRows: plan.network.classRows.rows(images.labels(image)))
            }
            let outputs = try source.evaluate(
                rows, together: plan.settings.microBatch ?? 1, height: images.height, width: images.width,
                compute: compute)
            for level in times.indices {
                errors[level] +=
                    error(samples[level], outputs[level], values, at: times[level].level) / Double(count)
            }
        }
        return Result(errors: errors, bits: VariationalBound.bits(errors: errors, levels: Self.levels, power: power))
    }

    private func error(_ sample: [Float], _ output: [Float], _ image: [Float], at level: NoiseLevel) -> Double {
        let denoised = plan.objective.parameterisation.denoised(sample, output: output, at: level)
        return zip(denoised, image).reduce(0.0) { sum, pair in
            let distance = Double(pair.0) - Double(pair.1)
            return sum + distance * distance
        } / Double(image.count)
    }
}
