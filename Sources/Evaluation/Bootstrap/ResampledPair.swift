/// Two sets with the units that are drawn from each, and the replicates' weights: the same for every number of a seed.
struct ResampledPair: Sendable {
    let real: ResamplingUnits
    let synthetic: ResamplingUnits
    let seed: UInt64

    init(real: FeatureTable, synthetic: FeatureTable, seed: UInt64) {
        self.real = ResamplingUnits(real, seed: seed, bins: .realBins)
        self.synthetic = ResamplingUnits(synthetic, seed: seed, bins: .syntheticBins)
        self.seed = seed
    }

    init(real: ResamplingUnits, synthetic: ResamplingUnits, seed: UInt64) {
        self.real = real
        self.synthetic = synthetic
        self.seed = seed
    }

    /// Units of the set that has fewer.
    var fewerUnits: Int { min(real.count, synthetic.count) }

    /// How often each unit was drawn in a replicate.
    func weights(_ replicate: Int) -> (real: [Double], synthetic: [Double]) {
        (
            real.weights(replicate, EvaluationDraw.realUnits.indices(seed: seed)),
            synthetic.weights(replicate, EvaluationDraw.syntheticUnits.indices(seed: seed))
        )
    }

    /// The set, if one is, of two units of one image each.
    var pairAlone: String? {
        [("real", real), ("synthetic", synthetic)].first { $1.sizes == [1, 1] }?.0
    }

    /// Units of a set below which its intervals have to be said to rest on few.
    static let few = 10

    /// What has to be said of an interval made of few units.
    var warnings: [String] {
        [("real", real), ("synthetic", synthetic)].compactMap { Self.warning($0, $1) }
    }

    /// The same of one set; nil where it has enough.
    static func warning(_ name: String, _ units: ResamplingUnits) -> String? {
        guard units.count < few else { return nil }
        let what = units.isGrouped ? "groups" : "images"
        return units.count < 2
            ? "no interval: the \(name) set has one of \(what)"
            : "the interval rests on \(units.count) \(what) of the \(name) set"
    }
}
