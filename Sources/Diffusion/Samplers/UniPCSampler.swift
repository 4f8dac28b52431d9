import Numbers

/// UniPC, Zhao et al. 2023 (arXiv 2302.04867), in data prediction: a multistep predictor, and a corrector that makes
/// the step before again when the network has answered at its end; one evaluation for each step (diffusers
/// `scheduling_unipc_multistep.py`; ModelSpecification.md section 10.2).
///
/// The history holds the latest estimates of the image, then the (corrected) sample that the last step began with.
struct UniPCSampler: LevelledSampler {
    private let levels: [SolverLevel]
    private let timesteps: [Float]
    private let solver: SolverConfiguration
    let parameterisation: Parameterisation
    let correction: Correction
    /// The coefficients of each step: the predictor's, and the corrector's after it.
    private let predictors: [UniPCCoefficients], correctors: [UniPCCoefficients]

    init(schedule: Schedule, steps: Int) throws(InvalidSetting) {
        let configuration = schedule.configuration
        let list = try NoiseLevels(solving: schedule, steps: steps, honoursMinimumLambda: false)
        let solver = configuration.solver
        guard solver.lowerOrderFinal || solver.finalSigma == .minimum || solver.order == 1 else {
            throw InvalidSetting(
                "sampler",
                expected: "another than unipc, as lower_order_final is false and the last level without noise",
                got: "unipc")
        }
        let levels = list.sigmas.map { SolverLevel(sigma: $0) }
        let count = list.timesteps.count
        func order(_ index: Int) -> Int {
            min(solver.lowerOrderFinal ? min(solver.order, count - index) : solver.order, index + 1)
        }
        predictors = (0..<count).map {
            UniPCCoefficients(levels, from: $0, order: order($0), solver.unipc, corrects: false)
        }
        // The step into the last level has nothing after it to be corrected by.
        correctors = (0..<(count - 1)).map {
            UniPCCoefficients(levels, from: $0, order: order($0), solver.unipc, corrects: true)
        }
        (self.levels, self.solver, timesteps) = (levels, solver, list.timesteps)
        parameterisation = Parameterisation(configuration)
        correction = Correction(configuration)
    }

    var evaluations: Int { timesteps.count }
    func historyCount(_ index: Int) -> Int { index == 0 ? 0 : min(index, solver.order) + 1 }
    func timestep(_ state: SamplerState, _ index: Int) -> Float { timesteps[index] }
    func level(_ state: SamplerState, _ index: Int) -> NoiseLevel { levels[index].level }

    func advance(_ state: inout SamplerState, image: [Float], prediction: [Float], noise: [Float], at index: Int) {
        var images = Array(state.history.dropLast())
        if index > 0, !solver.uncorrectedSteps.contains(index - 1) {
            state.latent = correctors[index - 1].step(from: state.history[images.count], images: images, reached: image)
        }
        images = Array(([image] + images).prefix(solver.order))
        let start = state.latent
        // h is infinite where no noise is left: the step ends on the estimate itself.
        state.latent =
            levels[index + 1].sigma == 0 ? image : predictors[index].step(from: start, images: images, reached: nil)
        state.history = images + [start]
    }
}

/// x_t = a x - b m_0 - scale (sum rho_k (m_k - m_0)/r_k + rho_last (m_t - m_0)) (eq. 3 and 9 with data prediction).
struct UniPCCoefficients: Sendable {
    private let a: Float, b: Float
    /// scale rho_k / r_k for the differences of earlier estimates, and scale rho_last.
    private let earlier: [Float], last: Float

    /// - Parameter index: the step's first level.
    init(
        _ levels: [SolverLevel], from index: Int, order: Int, _ function: SolverConfiguration.BFunction, corrects: Bool
    ) {
        let (level, next) = (levels[index], levels[index + 1])
        let h = Double(next.lambda) - Double(level.lambda)
        let growth = ElementaryFunctions.expm1(-h)
        let scale = Double(next.alpha) * (function == .bh1 ? -h : growth)
        a = next.sigma / level.sigma
        b = Float(Double(next.alpha) * growth)
        let ratios = (1..<max(order, 1)).map { (Double(levels[index - $0].lambda) - Double(level.lambda)) / h }
        let weights = Self.weights(ratios, h: h, scale: function == .bh1 ? -h : growth, corrects: corrects)
        earlier = ratios.indices.map { Float(scale * weights[$0] / ratios[$0]) }
        last = corrects ? Float(scale * weights[ratios.count]) : 0
    }

    /// rho: the solution of sum_j rho_j r_j^(i - 1) = b_i; at the lowest orders upstream takes 1/2.
    private static func weights(_ ratios: [Double], h: Double, scale: Double, corrects: Bool) -> [Double] {
        let unknowns = ratios.count + (corrects ? 1 : 0)
        guard unknowns > 0 else { return [] }
        guard unknowns > 1 else { return [0.5] }
        let hh = -h
        var phi = ElementaryFunctions.expm1(hh) / hh - 1
        var factorial = 1.0
        var right: [Double] = []
        for i in 1...unknowns {
            right.append(phi * factorial / scale)
            factorial *= Double(i + 1)
            phi = phi / hh - 1 / factorial
        }
        return vandermonde(Array((ratios + [1]).prefix(unknowns)), right)
    }

    /// Solves sum_j x_j nodes_j^i = right_i, i from 0, by elimination with the largest pivot.
    private static func vandermonde(_ nodes: [Double], _ right: [Double]) -> [Double] {
        let count = nodes.count
        var rows = (0..<count).map { i in
            nodes.map { node in (0..<i).reduce(1.0) { power, _ in power * node } } + [right[i]]
        }
        for column in 0..<count {
            let pivot = (column..<count).max { rows[$0][column].magnitude < rows[$1][column].magnitude } ?? column
            rows.swapAt(column, pivot)
            for row in 0..<count where row != column {
                let factor = rows[row][column] / rows[column][column]
                for place in column...count { rows[row][place] -= factor * rows[column][place] }
            }
        }
        return (0..<count).map { rows[$0][count] / rows[$0][$0] }
    }

    /// - Parameters:
    ///   - images: the estimate at the beginning of the step, then earlier ones.
    ///   - reached: the estimate at its end, for the corrector.
    func step(from sample: [Float], images: [[Float]], reached: [Float]?) -> [Float] {
        let m0 = images[0]
        var result = sample.indices.map { a * sample[$0] - b * m0[$0] }
        for (place, factor) in earlier.enumerated() {
            let image = images[place + 1]
            for i in result.indices { result[i] -= factor * (image[i] - m0[i]) }
        }
        if let reached {
            for i in result.indices { result[i] -= last * (reached[i] - m0[i]) }
        }
        return result
    }
}
