import Tensors

/// What every block's construction needs: the configuration, what the network is built for, the plan of the level it
/// stands at, and the time projections collected so far.
struct NetworkBuilder {
    let configuration: UNetConfiguration
    let purpose: Purpose
    var projections: TimeProjections.Builder

    init(_ configuration: UNetConfiguration, purpose: Purpose) {
        (self.configuration, self.purpose) = (configuration, purpose)
        projections = TimeProjections.Builder(inputs: configuration.timeEmbeddingDim, isTrained: purpose.isTrained)
    }

    /// How convolutions of level `level` (0 is the shallowest) are planned: at the model's own size, or 64 x 64 where
    /// the config leaves it open.
    func plan(_ level: Int) -> ConvolutionPlan {
        let size = configuration.sampleSize ?? (64, 64)
        return purpose.plan(height: max(1, size.height >> level), width: max(1, size.width >> level))
    }
}
