import Numbers

/// The kernels by which Pillow resizes (`Image.Resampling`), each widened by the reduction, so that nothing aliases.
public enum ResizingFilter: String, CaseIterable, Sendable {
    /// The mean of the pixels under the new one.
    case box
    /// A triangle, two pixels wide.
    case bilinear
    /// Keys' cubic with a = -0.5, four pixels wide.
    case bicubic
    /// A sinc of six pixels under a sinc as its window.
    case lanczos

    /// Half the width of the kernel, in pixels of the larger of the two pictures' grids.
    var support: Double {
        switch self {
        case .box: 0.5
        case .bilinear: 1
        case .bicubic: 2
        case .lanczos: 3
        }
    }

    /// The kernel at `x`, which is not normalised: the sum over the taps of one pixel is brought to 1 afterwards.
    func weight(_ x: Double) -> Double {
        switch self {
        case .box: return x > -0.5 && x <= 0.5 ? 1 : 0
        case .bilinear: return max(0, 1 - x.magnitude)
        case .bicubic:
            let x = x.magnitude, a = -0.5
            if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
            return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
        case .lanczos: return x >= -3 && x < 3 ? Self.sinc(x) * Self.sinc(x / 3) : 0
        }
    }

    private static func sinc(_ x: Double) -> Double {
        x == 0 ? 1 : ElementaryFunctions.sin(x * .pi) / (x * .pi)
    }
}
