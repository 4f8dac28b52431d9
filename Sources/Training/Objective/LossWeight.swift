import Diffusion
import Numbers

/// The weight of the squared error of the network's target at a noise level.
///
/// With e, x0 and v the errors of noise, image and velocity of one prediction, |e|^2 = snr |x0|^2 = snr/(1 + snr) |v|^2
/// (Salimans & Ho 2022, section 4): a weight on one error is one on the others.
public enum LossWeight: Sendable, Equatable {
    /// 1, whatever the target.
    case plain
    /// min(snr, gamma) on the image's error (Hang et al. 2023): min(snr, gamma)/snr on the noise's,
    /// min(snr, gamma)/(snr + 1) on the velocity's.
    case minSNR(gamma: Double)
    /// (k + snr)^-gamma on the error of the target itself (Choi et al. 2022, eq. 8).
    case p2(k: Double, gamma: Double)
    /// 1/data^2 + snr on the image's error (Karras et al. 2022, section 5); (1/data^2 + snr)/(1 + snr) on the
    /// velocity's. `data` is the deviation of the images.
    case edm(data: Double)

    /// The factor of the squared error of a network that predicts `prediction`.
    public func value(snr: Double, prediction: PredictionType) -> Double {
        switch self {
        case .plain: return 1
        case .p2(let k, let gamma): return ElementaryFunctions.pow(k + snr, -gamma)
        case .minSNR(let gamma): return min(snr, gamma) * Self.imageError(snr, prediction)
        case .edm(let data): return (1 / (data * data) + snr) * Self.imageError(snr, prediction)
        }
    }

    /// The squared error of the image over that of the target.
    static func imageError(_ snr: Double, _ prediction: PredictionType) -> Double {
        switch prediction {
        case .epsilon: 1 / snr
        case .sample: 1
        case .velocity: 1 / (1 + snr)
        }
    }
}
