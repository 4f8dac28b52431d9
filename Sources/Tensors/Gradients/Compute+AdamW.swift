import CKernels

/// The factors of one step of AdamW (Loshchilov & Hutter 2019), the same for all elements.
public struct AdamWFactors: Sendable {
    /// What the gradient is multiplied by before anything else: clipping.
    public var gradientScale: Float
    /// 1 - rate decay.
    public var decay: Float
    /// 1 - beta1, the weight of the gradient in the first moment.
    public var firstShare: Float
    /// beta2, and 1 - beta2.
    public var secondBeta: Float, secondShare: Float
    /// sqrt(1 - beta2^step).
    public var correction: Float
    public var epsilon: Float
    /// rate/(1 - beta1^step).
    public var size: Float

    public init(
        gradientScale: Float, decay: Float, firstShare: Float, secondBeta: Float, secondShare: Float,
        correction: Float, epsilon: Float, size: Float
    ) {
        (self.gradientScale, self.decay, self.firstShare) = (gradientScale, decay, firstShare)
        (self.secondBeta, self.secondShare) = (secondBeta, secondShare)
        (self.correction, self.epsilon, self.size) = (correction, epsilon, size)
    }
}

extension Compute {
    /// Elements of one work item.
    private static let descentChunk = 1 << 14

    /// One step of AdamW on all elements of flat arrays of one length, divided among the threads by elements; the
    /// gradients are 0 afterwards, ready to be added to. No bit depends on threads or tier.
    /// - Parameters:
    ///   - weights: all parameters side by side, as in the network's `ParameterSet`; any number, none as well.
    ///   - first: the mean of the gradients, an element for each weight.
    ///   - second: the mean of their squares, likewise; at least 0.
    ///   - gradients: of the loss by each weight. That lengths differ is a mistake of the caller, which ends the
    ///     program.
    ///   - factors: of this step.
    public func descend(
        weights: inout [Float], first: inout [Float], second: inout [Float], gradients: inout [Float],
        by factors: AdamWFactors
    ) {
        let count = weights.count, table = unsafe tier.table
        precondition(
            first.count == count && second.count == count && gradients.count == count,
            "gradients of another network: a mistake of the trainer's code")
        unsafe weights.withUnsafeMutableBufferPointer { weights in
            unsafe first.withUnsafeMutableBufferPointer { first in
                unsafe second.withUnsafeMutableBufferPointer { second in
                    unsafe gradients.withUnsafeMutableBufferPointer { gradients in
                        guard let w = weights.baseAddress, let m = first.baseAddress,
                            let v = second.baseAddress, let g = gradients.baseAddress
                        else { return }
                        forEach((count + Self.descentChunk - 1) / Self.descentChunk) { item in
                            let start = item * Self.descentChunk
                            var call = unsafe ck_adamw(
                                weights: w + start, first: m + start, second: v + start, gradients: g + start,
                                count: min(Self.descentChunk, count - start), gradient_scale: factors.gradientScale,
                                decay: factors.decay, first_share: factors.firstShare,
                                second_beta: factors.secondBeta, second_share: factors.secondShare,
                                correction: factors.correction, epsilon: factors.epsilon, size: factors.size)
                            unsafe table.pointee.adamw(&call)
                        }
                    }
                }
            }
        }
    }
}
