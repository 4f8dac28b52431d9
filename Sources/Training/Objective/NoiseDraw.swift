import Diffusion
import Numbers

/// The times of a run: a process and a density made into the quantile function from which stratified draws are taken.
///
/// A density of ln snr is cut off at the ends of the process, so that no probability gathers at its first or last time.
public struct NoiseDraw: Sendable {
    public let process: NoiseProcess
    public let density: NoiseDensity
    /// Probabilities below the ends of the process; those of the density lie between.
    private let lowest: Double, highest: Double
    /// The logarithms of snr that part one timestep of a discrete process from the next, falling.
    private let borders: [Double]

    /// - Throws: `TrainingError` where the density has no probability within the process.
    public init(_ process: NoiseProcess, _ density: NoiseDensity) throws(TrainingError) {
        (self.process, self.density) = (process, density)
        let ends: (low: Double, high: Double)
        switch process {
        case .discrete(let schedule):
            let values = schedule.alphaBar.indices.map { NoiseProcess.logSNR(schedule, $0) }
            borders = zip(values, values.dropFirst()).map { 0.5 * ($0 + $1) }
            let (first, last) = (values[0], values[values.count - 1])
            ends = (
                borders.last.map { 2 * last - $0 } ?? last - 1, borders.first.map { 2 * first - $0 } ?? first + 1
            )
        case .continuous(let schedule, _):
            borders = []
            ends = (NoiseProcess.logSNR(schedule, 1), NoiseProcess.logSNR(schedule, NoiseProcess.earliest))
        }
        lowest = density.probability(below: ends.low) ?? 0
        highest = density.probability(below: ends.high) ?? 1
        guard highest - lowest > 1e-6 else {
            throw TrainingError(
                "noise/mean", expected: "a density of ln snr within the schedule's \(ends.low) to \(ends.high)",
                got: "\(density)")
        }
    }

    /// The time below which `probability` of the density lies, counted from the noisiest ln snr upwards, or for
    /// `uniform` from the earliest time.
    /// - Parameter probability: strictly between 0 and 1.
    public func time(probability: Double) -> NoiseTime {
        let p = min(max(lowest + probability * (highest - lowest), 0x1p-60), 1 - 0x1p-53)
        let wanted = density.logSNR(probability: p)
        switch process {
        case .discrete(let schedule):
            guard let wanted else {
                return NoiseProcess.time(schedule, min(Int(probability * Double(steps)), steps - 1))
            }
            return NoiseProcess.time(schedule, place(of: wanted))
        case .continuous(let schedule, let steps):
            let t =
                wanted.map { NoiseProcess.time(schedule, logSNR: $0) }
                ?? NoiseProcess.earliest + probability * (1 - NoiseProcess.earliest)
            return NoiseProcess.time(schedule, t, steps: steps)
        }
    }

    private var steps: Int { process.steps }

    /// The number of borders above, by halving.
    private func place(of logSNR: Double) -> Int {
        var (low, high) = (0, borders.count)
        while low < high {
            let middle = (low + high) / 2
            if borders[middle] > logSNR { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
