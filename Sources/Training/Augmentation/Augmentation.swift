import JSON
import Numbers

/// How training images are varied.
public struct Augmentation: Sendable, Equatable {
    /// Small warps after which every label still holds, and that samples may show: turn, scale and shift, each uniform
    /// up to its bound, never a mirror image. Nil for none.
    public var labelSafe: LabelSafe?
    /// Warps that the network is told of, so that its samples do not show them (Karras et al. 2022, appendix F.2).
    public var nonLeaky: NonLeaky?

    public struct LabelSafe: Sendable, Equatable {
        /// Degrees.
        public var rotation = 4.0
        /// The change of size as a share: 0.05 is from 0.95 to 1.05.
        public var scale = 0.05
        /// The shift as a share of the side.
        public var shift = 0.03

        public init() {}
    }

    public struct NonLeaky: Sendable, Equatable {
        /// The probability of each kind of warp, independently.
        public var probability: Double
        /// Whether brightness and contrast vary as well, as stains do.
        public var stain: Bool

        public init(probability: Double = 0.12, stain: Bool = false) {
            (self.probability, self.stain) = (probability, stain)
        }
    }

    public init() {}

    /// Rows that the class table has for it in training.
    public var rows: Int { nonLeaky.map { $0.stain ? 11 : 9 } ?? 0 }

    /// An image as the network is shown it, and the parameters it is told: one a row of the table.
    func applied(to image: [Float], height: Int, width: Int, draws: ImageDraws) -> (image: [Float], told: [Float]) {
        var warp = AffineWarp()
        if let labelSafe { warp = labelSafe.warp(draws, height: height, width: width) }
        guard let nonLeaky else { return (warp.applied(to: image, height: height, width: width), []) }
        let drawn = nonLeaky.draw(draws, height: height, width: width)
        var result = warp.then(drawn.warp).applied(to: image, height: height, width: width)
        if drawn.contrast != 1 || drawn.brightness != 0 {
            for i in result.indices { result[i] = result[i] * drawn.contrast + drawn.brightness }
        }
        return (result, drawn.told)
    }
}

extension Augmentation.LabelSafe {
    /// An image warped by what is drawn for number `number` of a run.
    /// - Parameter image: [channels, height, width].
    public func applied(to image: [Float], height: Int, width: Int, seed: UInt64, number: Int) -> [Float] {
        warp(ImageDraws(seed: seed, number: number), height: height, width: width)
            .applied(to: image, height: height, width: width)
    }

    /// The warp of an image.
    func warp(_ draws: ImageDraws, height: Int, width: Int) -> AffineWarp {
        let u = draws.warp(0).map { 2 * $0 - 1 }
        let turn = ElementaryFunctions.sinCos(u[0] * rotation * Double.pi / 180)
        let factor = 1 / (1 + u[1] * scale)
        return AffineWarp(
            a: turn.cosine * factor, b: -turn.sine * factor, c: u[2] * shift * Double(width),
            d: turn.sine * factor, e: turn.cosine * factor, f: u[3] * shift * Double(height))
    }
}

extension Augmentation.NonLeaky {
    struct Drawn {
        var warp = AffineWarp()
        var contrast: Float = 1, brightness: Float = 0
        var told: [Float] = []
    }

    /// The warps of an image, with the sizes of Karras et al. 2022, table 6: mirror images, scale by 2^(0.2 n), turn,
    /// anisotropy by 2^(0.2 n) along a direction, shift by 0.125 n of the side, n standard normal; then, for stains,
    /// contrast by 2^(0.1 n) and brightness by 0.1 n. Each map is applied to the places of the warped image, so an
    /// image is warped in the opposite order, shifted first and mirrored last, where the paper mirrors it first and
    /// shifts it last. The network is told each warp as it is, so what it learns does not depend on the order.
    func draw(_ draws: ImageDraws, height: Int, width: Int) -> Drawn {
        var drawn = Drawn()
        geometry(draws, height: height, width: width, &drawn)
        guard stain else { return drawn }
        let u = draws.warp(7)
        let contrast = u[0] < probability ? NormalQuantile.value(u[1]) : 0
        let brightness = u[2] < probability ? NormalQuantile.value(u[3]) : 0
        drawn.contrast = Float(ElementaryFunctions.pow(2, 0.1 * contrast))
        drawn.brightness = Float(0.1 * brightness)
        drawn.told += [Float(contrast), Float(brightness)]
        return drawn
    }

    private func geometry(_ draws: ImageDraws, height: Int, width: Int, _ drawn: inout Drawn) {
        let mirrors = draws.warp(1), scales = draws.warp(2), turns = draws.warp(3), stretches = draws.warp(4)
        let shifts = draws.warp(5), places = draws.warp(6)
        // A mirror image is one half of what is drawn, so that with probability 1 both stand alike.
        let flipX = mirrors[0] < probability && mirrors[1] < 0.5, flipY = mirrors[2] < probability && mirrors[3] < 0.5
        drawn.warp = AffineWarp(a: flipX ? -1 : 1, e: flipY ? -1 : 1)
        let scale = scales[0] < probability ? NormalQuantile.value(scales[1]) : 0
        let factor = ElementaryFunctions.pow(2, -0.2 * scale)
        drawn.warp = drawn.warp.then(AffineWarp(a: factor, e: factor))
        let angle = turns[0] < probability ? (2 * turns[1] - 1) * Double.pi : 0
        let turn = ElementaryFunctions.sinCos(angle)
        drawn.warp = drawn.warp.then(AffineWarp(a: turn.cosine, b: -turn.sine, d: turn.sine, e: turn.cosine))
        let stretch = stretches[0] < probability ? NormalQuantile.value(stretches[1]) : 0
        let direction = ElementaryFunctions.sinCos(stretch == 0 ? 0 : (2 * stretches[2] - 1) * Double.pi)
        drawn.warp = drawn.warp.then(Self.stretch(ElementaryFunctions.pow(2, -0.2 * stretch), direction))
        let shift =
            shifts[0] < probability ? (NormalQuantile.value(places[0]), NormalQuantile.value(places[1])) : (0, 0)
        drawn.warp = drawn.warp.then(
            AffineWarp(c: 0.125 * shift.0 * Double(width), f: 0.125 * shift.1 * Double(height)))
        // What is told says where the image stands: an angle by cosine and sine, each 0 at rest.
        drawn.told = [
            flipX ? 1 : 0, flipY ? 1 : 0, Float(scale), Float(turn.cosine - 1), Float(turn.sine),
            Float(stretch * direction.cosine), Float(stretch * direction.sine), Float(shift.0), Float(shift.1),
        ]
    }

    /// Stretching by `factor` along a direction and by its inverse across.
    private static func stretch(_ factor: Double, _ direction: ElementaryFunctions.SineCosine) -> AffineWarp {
        let (cosine, sine, inverse) = (direction.cosine, direction.sine, 1 / factor)
        let mixed = (factor - inverse) * cosine * sine
        return AffineWarp(
            a: factor * cosine * cosine + inverse * sine * sine, b: mixed,
            d: mixed, e: factor * sine * sine + inverse * cosine * cosine)
    }
}
