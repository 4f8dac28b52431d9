import Numbers

/// The variational bound of continuous time (Kingma et al. 2021, "Variational diffusion models", eq. 15): of
/// ln snr = l, the diffusion loss is 1/2 int e^l |x - x0(l)|^2 dl, whatever the schedule.
enum VariationalBound {
    /// Bits per dimension of images of 256 levels, -1 to 1.
    /// - Parameters:
    ///   - errors: the mean squared error of the image at each level.
    ///   - levels: ln snr, evenly spaced, each in the middle of its interval.
    ///   - power: the mean square of the images' values.
    static func bits(errors: [Double], levels: [Double], power: Double) -> Double {
        let step = levels[1] - levels[0]
        let diffusion = zip(errors, levels).reduce(0.0) { $0 + 0.5 * step * ElementaryFunctions.exp($1.1) * $1.0 }
        // The prior: the divergence of the noisiest sample, signal^2 = s, noise^2 = 1 - s, from a standard normal.
        let share = 1 / (1 + ElementaryFunctions.exp(-(levels[0] - step / 2)))
        let prior = 0.5 * (share * power - share - ElementaryFunctions.log(1 - share))
        // The reconstruction: the image from the cleanest sample as a normal of variance 1/snr, levels 2/255 apart.
        let last = levels[levels.count - 1] + step / 2
        let grain = ElementaryFunctions.log(2.0 / 255)
        let reconstruction = 0.5 * (ElementaryFunctions.log(2 * Double.pi) + 1 - last) - grain
        return (diffusion + prior + reconstruction) / ElementaryFunctions.log(2.0)
    }
}
