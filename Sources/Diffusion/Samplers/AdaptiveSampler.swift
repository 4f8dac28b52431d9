/// A sampler that chooses its steps as it goes, by the image. Its place in the run is `SamplerState.control`.
protocol AdaptiveSampler: Sampler {
    /// The place of a run at its beginning.
    var initialControl: StepControl { get }
    /// Whether a saved state (of the right sizes) is one that this sampler can have come to.
    func accepts(_ state: SamplerState) -> Bool
    /// How far the run has come, 0 ... 1; 1 if and only if it has come to its end.
    func fraction(_ state: SamplerState) -> Double
}

extension AdaptiveSampler {
    var adaptive: (any AdaptiveSampler)? { self }
}
