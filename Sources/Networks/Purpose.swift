import Tensors

/// What a network is built for, which decides what its weights are compiled into when they are loaded.
///
/// What only serves inference cannot be trained: gradients belong to the parameters of the checkpoint, of which packed
/// panels, stacked time projections and folded attention are functions.
public enum Purpose: Sendable {
    /// To make images: each layer by the fastest method, its weights packed or transformed for that, and attention
    /// folded where it may be.
    case inference
    /// To check the kernels of inference: convolutions through OpenBLAS, and attention as it is written down.
    case reference
    /// To be trained: computed as for inference, but every weight is the checkpoint's own, and each layer knows where
    /// the gradients of its weights go.
    case training

    /// Whether one head of all channels may have its projections folded, see `FoldedAttention`.
    var foldsAttention: Bool { self == .inference }

    /// Whether layers are to be differentiated.
    var isTrained: Bool { self == .training }

    /// How a convolution whose output usually has this size is planned.
    func plan(height: Int = 1, width: Int = 1) -> ConvolutionPlan {
        switch self {
        case .inference, .training: ConvolutionPlan(height: height, width: width)
        case .reference: .reference
        }
    }
}
