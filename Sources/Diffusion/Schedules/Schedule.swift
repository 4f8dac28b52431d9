/// The noise levels of training: beta_t, and abar_t = prod (1 - beta), the share of the image left in x_t
/// (Ho et al. 2020, eq. 4), in float32 with torch's own order of operations.
public struct Schedule: Sendable, Equatable {
    public let configuration: SchedulerConfiguration
    /// `num_train_timesteps` values in (0, 1]; 1 only at the end of a zero-SNR table.
    public let betas: [Float]
    /// abar, falling, in [0, 1); 0 only at the end of a zero-SNR table.
    public let alphaBar: [Float]

    public var trainingSteps: Int { betas.count }

    /// - Throws: `InvalidSetting` if the table is not a usable one or does not go with the prediction type.
    public init(_ configuration: SchedulerConfiguration) throws(InvalidSetting) {
        let zeroSNR = configuration.rescalesToZeroSNR
        if zeroSNR, configuration.prediction == .epsilon {
            // At abar = 0 the sample is all noise: its noise says nothing about the image.
            throw InvalidSetting(
                "prediction_type", expected: "v_prediction or sample, because rescale_betas_zero_snr is true",
                got: "epsilon")
        }
        var betas = configuration.betaSchedule.betas(count: configuration.trainingSteps)
        guard betas.count == configuration.trainingSteps, !betas.isEmpty else {
            throw InvalidSetting(
                "trained_betas", expected: "num_train_timesteps (\(configuration.trainingSteps)) values",
                got: "\(betas.count)")
        }
        if zeroSNR {
            guard betas.count > 1 else {
                throw InvalidSetting("num_train_timesteps", expected: "at least 2 for zero-SNR rescaling", got: "1")
            }
            betas = Self.rescaledToZeroSNR(betas)
        }
        self.configuration = configuration
        self.betas = betas
        alphaBar = Self.cumulativeProduct(betas)
        for t in betas.indices {
            let mayBeZero = zeroSNR && t == betas.count - 1
            guard alphaBar[t] < 1, alphaBar[t] > 0 || (mayBeZero && alphaBar[t] == 0), betas[t] >= 0 else {
                throw InvalidSetting(
                    "beta_schedule",
                    expected: "betas whose cumulative products of 1 - beta lie strictly between 0 and 1",
                    got: "beta \(betas[t]) and product \(alphaBar[t]) at timestep \(t)")
            }
        }
    }

    /// `torch.cumprod(1 - betas)`: a double accumulator, each output rounded to float32.
    private static func cumulativeProduct(_ betas: [Float]) -> [Float] {
        var product = 1.0
        return betas.map { beta in
            product *= Double(1 - beta)
            return Float(product)
        }
    }

    /// Lin et al. 2023, algorithm 1, as diffusers' `rescale_zero_terminal_snr`.
    private static func rescaledToZeroSNR(_ betas: [Float]) -> [Float] {
        let roots = cumulativeProduct(betas).map { $0.squareRoot() }
        let (first, last) = (roots[0], roots[roots.count - 1])
        let scale = first / (first - last)
        let squares = roots.map { root in
            let shifted = (root - last) * scale
            return shifted * shifted
        }
        return squares.indices.map { i in 1 - (i == 0 ? squares[0] : squares[i] / squares[i - 1]) }
    }

    /// The noise level of a timestep in 0..<trainingSteps: sqrt(abar_t) and sqrt(1 - abar_t).
    public func level(_ timestep: Int) -> NoiseLevel {
        NoiseLevel(signal: alphaBar[timestep].squareRoot(), noise: (1 - alphaBar[timestep]).squareRoot())
    }
}
