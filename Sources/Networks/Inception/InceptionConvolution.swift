import Checkpoints
import Tensors

/// torchvision's `BasicConv2d`: a convolution, a batch norm and ReLU. The norm is folded in, and whoever reads the
/// result applies the ReLU on the way in.
struct InceptionConvolution: Sendable {
    private let convolution: Convolution

    /// Where its windows lie.
    struct Window {
        var kernel = Kernel.pointwise
        var stride = 1
        /// Zero rows above and below, zero columns left and right.
        var rows = 0, columns = 0

        static let pointwise = Window()
        /// A square kernel; `padding` on all sides.
        static func square(_ size: Int, stride: Int = 1, padding: Int = 0) -> Window {
            Window(kernel: .square(size), stride: stride, rows: padding, columns: padding)
        }
        /// One row of an odd number of columns, padded to keep the size.
        static func row(_ size: Int) -> Window {
            Window(kernel: Kernel(height: 1, width: size), columns: size / 2)
        }
        /// One column of an odd number of rows, padded to keep the size.
        static func column(_ size: Int) -> Window {
            Window(kernel: Kernel(height: size, width: 1), rows: size / 2)
        }
    }

    /// - Parameters:
    ///   - weights: where `conv.weight` and `bn` lie.
    ///   - sources: channels of the activations that are read side by side.
    /// - Throws: `CheckpointError` where a tensor is missing or has another shape.
    init(_ weights: Weights, sources: [Int], outputs: Int, _ window: Window = .pointwise) throws(CheckpointError) {
        let shape = ConvolutionShape(
            sources: sources, outputs: outputs, kernel: window.kernel, stride: window.stride,
            padding: .init(top: window.rows, left: window.columns, bottom: window.rows, right: window.columns))
        let read = try NormedConvolution(
            convolution: weights.scoped("conv"), norm: weights.scoped("bn"),
            shape: [outputs, shape.inputs, window.kernel.height, window.kernel.width], epsilon: 1e-3)
        convolution = Convolution(shape, weight: read.weight, bias: read.bias)
    }

    /// - Parameter sources: stay allocated; ReLU is applied to them unless they are the image.
    func callAsFunction(_ sources: [Activation], before function: ActivationFunction = .relu, _ pass: Pass)
        -> Activation
    {
        convolution(.init(sources, activation: function), .init(), pass)
    }
}

/// Convolutions one after the other.
struct InceptionBranch: Sendable {
    let convolutions: [InceptionConvolution]

    func callAsFunction(_ sources: [Activation], _ pass: Pass) -> Activation {
        var result = convolutions[0](sources, pass)
        for convolution in convolutions.dropFirst() {
            let next = convolution([result], pass)
            pass.release(result)
            result = next
        }
        return result
    }
}
