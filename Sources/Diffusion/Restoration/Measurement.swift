/// What is known of the image to be made: y = A x, with noise of a known deviation or none.
struct Measurement: Sendable {
    let system: any LinearOperator
    /// A y in the network's numbers.
    let measured: [Float]
    /// The standard deviation of the noise in `measured`, in the network's numbers.
    let deviation: Double
    /// The network's numbers for black and white.
    let range: ClosedRange<Float>

    init(system: any LinearOperator, measured: [Float], deviation: Double = 0, range: ClosedRange<Float> = -1...1) {
        (self.system, self.measured, self.deviation, self.range) = (system, measured, deviation, range)
    }

    /// A+ (A x - y), the part of x that contradicts the measurement.
    func contradiction(_ image: [Float]) -> [Float] { system.contradiction(image, measured: measured) }

    /// x <- x - A+ (A x - y) (DDNM, Wang et al. 2023, eq. 13); without effect if the measurement is noisy: then
    /// `DDNMSampler` weighs.
    func project(_ image: inout [Float]) {
        if deviation == 0 { system.project(&image, measured: measured) }
    }

    /// A+ A x, the part of x that the measurement sees.
    func seen(_ image: [Float]) -> [Float] { system.pseudoinverse(system.measure(image)) }

    /// The last step of a run: an image that agrees with a measurement without noise *and* lies between black and
    /// white.
    func finish(_ image: inout [Float]) {
        if deviation == 0 { system.finish(&image, measured: measured, range: range) }
    }
}
