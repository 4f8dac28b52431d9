import Diffusion

extension SamplerKind {
    /// The sampler of a request that names none.
    public static let standard = SamplerKind.dpmSolverPlusPlus
}
