/// What random numbers of an evaluation are drawn for: the streams of `RandomIndices`. The raw values are part of the
/// arithmetic: never renumber them.
enum EvaluationDraw: UInt32 {
    case realUnits = 0
    case syntheticUnits = 1
    case trainUnits = 2
    case realBins = 3
    case syntheticBins = 4
    case trainBins = 5
    case subsetsOfReal = 6
    case subsetsOfSynthetic = 7
    case subsetsOfTrain = 8
    case halves = 9
    case realPairs = 10
    case syntheticPairs = 11
    case noise = 12
    case nearest = 13
    case downstreamPatients = 14
    case downstreamImages = 15
    case downstreamTest = 16
    case downstreamSeeds = 17

    func indices(seed: UInt64) -> RandomIndices { RandomIndices(seed: seed, stream: rawValue) }
}
