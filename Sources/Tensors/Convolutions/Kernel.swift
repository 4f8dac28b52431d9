/// The size of a convolution's kernel, in pixels.
public struct Kernel: Sendable, Equatable, CustomStringConvertible {
    public let height: Int, width: Int

    public init(height: Int, width: Int) { (self.height, self.width) = (height, width) }

    /// One pixel: a linear layer over channels.
    public static let pointwise = Kernel(height: 1, width: 1)

    /// A kernel of as many rows as columns.
    public static func square(_ size: Int) -> Kernel { Kernel(height: size, width: size) }

    /// Weights of a pair of channels.
    public var taps: Int { height * width }

    var isSquare: Bool { height == width }

    public var description: String { "\(height)x\(width)" }
}
