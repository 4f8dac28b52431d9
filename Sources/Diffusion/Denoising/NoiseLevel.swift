/// How much of an image and of noise a sample holds: x = signal image + noise z, z standard normal.
///
/// Of variance-preserving samples signal^2 + noise^2 = 1 (signal = sqrt(abar_t), Ho et al. 2020, eq. 4); of the others
/// signal is 1 and noise the sigma of Karras et al. 2022.
public struct NoiseLevel: Sendable, Equatable {
    /// The factor of the image, 0 ... 1.
    public let signal: Float
    /// The factor of the noise, at least 0.
    public let noise: Float

    public init(signal: Float, noise: Float) {
        (self.signal, self.noise) = (signal, noise)
    }

    /// The level of a sample image + sigma z.
    public init(sigma: Float) {
        self.init(signal: 1, noise: sigma)
    }

    /// Noise in units of the image, sqrt((1 - abar)/abar); infinite where there is no image.
    public var sigma: Float { noise / signal }
}
