import Numbers

/// sigma of every training timestep, and the way back.
struct SigmaTable: Sendable {
    /// float32, as upstream's.
    let sigmas: [Float]
    /// ln sigma in float32.
    private let logarithms: [Double]
    private let lambdas: [Float]

    init(_ schedule: Schedule) {
        var alphaBar = schedule.alphaBar
        // The smallest half-precision number for the last level of a zero-SNR table, whose sigma would be infinite.
        if schedule.configuration.rescalesToZeroSNR { alphaBar[alphaBar.count - 1] = 0x1p-24 }
        sigmas = alphaBar.map { ((1 - $0) / $0).squareRoot() }
        logarithms = sigmas.map { Double(ElementaryFunctions.log($0)) }
        lambdas = alphaBar.map {
            ElementaryFunctions.log($0.squareRoot()) - ElementaryFunctions.log((1 - $0).squareRoot())
        }
    }

    var count: Int { sigmas.count }

    /// How many timesteps from 0 have a level of at most the ceiling; at least 1.
    func count(below ceiling: Double?) -> Int {
        guard let ceiling else { return count }
        return max(1, sigmas.count { Double($0) <= ceiling })
    }

    /// How many timesteps from 0 have lambda of at least the minimum (`torch.searchsorted` on the reversed table).
    func visited(minimumLambda: Double) -> Int {
        let minimum = Float(minimumLambda)
        return lambdas.count { $0 >= minimum }
    }

    /// sigma at a timestep that need not be whole (`numpy.interp`).
    func sigma(_ timestep: Float) -> Double {
        let place = min(max(Double(timestep), 0), Double(count - 1))
        let below = Int(place)
        let low = Double(sigmas[below])
        guard place > Double(below), below + 1 < count else { return low }
        return (Double(sigmas[below + 1]) - low) * (place - Double(below)) + low
    }

    /// The timestep of a level, linear in ln sigma between those of the table (diffusers' `_sigma_to_t`); 0 ... count -
    /// 1.
    func timestep(_ sigma: Double) -> Double {
        let logarithm = ElementaryFunctions.log(max(sigma, 1e-10))
        guard count > 1 else { return 0 }
        var (low, high) = (0, count - 1)
        // The last that is not higher, or the first.
        while low < high {
            let middle = (low + high + 1) / 2
            if logarithms[middle] <= logarithm { low = middle } else { high = middle - 1 }
        }
        let below = min(low, count - 2)
        let (first, second) = (logarithms[below], logarithms[below + 1])
        guard second > first else { return Double(below) }
        let weight = min(max((first - logarithm) / (first - second), 0), 1)
        return (1 - weight) * Double(below) + weight * Double(below + 1)
    }
}
