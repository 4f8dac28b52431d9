/// What a classifier is trained on, in as many steps whatever it is.
public enum DownstreamArm: String, CaseIterable, Sendable {
    case real
    /// The control for count: the same images, each twice.
    case realTwice = "real_twice"
    case synthetic
    /// As many synthetic images as real ones.
    case both = "real_and_synthetic"
    /// The first half of the steps with synthetic images, the second with real ones.
    case syntheticFirst = "synthetic_then_real"

    /// For people.
    var text: String {
        switch self {
        case .real: "real"
        case .realTwice: "real twice"
        case .synthetic: "synthetic only"
        case .both: "real + synthetic"
        case .syntheticFirst: "synthetic first, then real"
        }
    }

    /// The images of each part of the training, in order.
    func phases(real: [DownstreamExample], synthetic: [DownstreamExample]) -> [[DownstreamExample]] {
        switch self {
        case .real: [real]
        case .realTwice: [real + real]
        case .synthetic: [synthetic]
        case .both: [real + synthetic]
        case .syntheticFirst: [synthetic, real]
        }
    }
}

/// An image that is trained with.
struct DownstreamExample: Sendable, Equatable {
    let isSynthetic: Bool
    /// Its place among the real or the synthetic images.
    let place: Int
    let label: Int
}
