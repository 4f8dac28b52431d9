import Numbers

/// The steps of the ordinary equation (Lu et al. 2022, eq. 12 and appendix B): m0, m1, m2 are the latest estimates of
/// the image.
extension DPMSolverSampler {
    func firstOrder(_ latent: inout [Float], _ m0: [Float], at index: Int) {
        let (level, next, h) = (levels[index], levels[index + 1], interval(index))
        let a = next.sigma / level.sigma
        let b = next.alpha * (ElementaryFunctions.exp(-h) - 1)
        for i in latent.indices { latent[i] = a * latent[i] - b * m0[i] }
    }

    func secondOrder(_ latent: inout [Float], _ m0: [Float], _ m1: [Float], at index: Int) {
        let (level, next, h) = (levels[index], levels[index + 1], interval(index))
        let inverseRatio = 1 / (interval(index - 1) / h)
        let a = next.sigma / level.sigma
        let b = next.alpha * (ElementaryFunctions.exp(-h) - 1)
        switch solver.step {
        case .midpoint:
            let c = 0.5 * b
            for i in latent.indices {
                let d = inverseRatio * (m0[i] - m1[i])
                latent[i] = a * latent[i] - b * m0[i] - c * d
            }
        case .heun:
            let c = next.alpha * ((ElementaryFunctions.exp(-h) - 1) / h + 1)
            for i in latent.indices {
                let d = inverseRatio * (m0[i] - m1[i])
                latent[i] = a * latent[i] - b * m0[i] + c * d
            }
        }
    }

    func thirdOrder(_ latent: inout [Float], _ m0: [Float], _ m1: [Float], _ m2: [Float], at index: Int) {
        let (level, next, h) = (levels[index], levels[index + 1], interval(index))
        let ratios = ThirdOrderRatios(interval(index - 1) / h, interval(index - 2) / h)
        let a = next.sigma / level.sigma
        let e = ElementaryFunctions.exp(-h) - 1
        let b = next.alpha * e
        let c = next.alpha * (e / h + 1)
        let d = next.alpha * ((e + h) / (h * h) - 0.5)
        for i in latent.indices {
            let (d1, d2) = ratios.differences(m0[i], m1[i], m2[i])
            latent[i] = a * latent[i] - b * m0[i] + c * d1 - d * d2
        }
    }
}

/// The first and second differences of three estimates, for the third order.
private struct ThirdOrderRatios {
    let inverse0: Float, inverse1: Float, inverseSum: Float, share: Float

    init(_ r0: Float, _ r1: Float) {
        (inverse0, inverse1, inverseSum) = (1 / r0, 1 / r1, 1 / (r0 + r1))
        share = r0 / (r0 + r1)
    }

    @inline(__always)
    func differences(_ m0: Float, _ m1: Float, _ m2: Float) -> (Float, Float) {
        let first = inverse0 * (m0 - m1)
        let difference = first - inverse1 * (m1 - m2)
        return (first + share * difference, inverseSum * difference)
    }
}

/// The steps of the stochastic equation (diffusers' `sde-dpmsolver++`): the noise of a step is partly replaced by fresh
/// noise.
extension DPMSolverSampler {
    func advanceStochastically(_ state: inout SamplerState, _ m0: [Float], noise: [Float], order: Int, at index: Int) {
        let (level, next, h) = (levels[index], levels[index + 1], interval(index))
        let left = ElementaryFunctions.exp(-2 * h)
        let a = next.sigma / level.sigma * ElementaryFunctions.exp(-h)
        let b = next.alpha * (1 - left)
        let fresh = next.sigma * (1 - left).squareRoot()
        // (1 - e^-2h)/(-2h) + 1, the factor of the first difference in Heun's form.
        let c = next.alpha * ((1 - left) / (-2 * h) + 1)
        for i in state.latent.indices { state.latent[i] = a * state.latent[i] + b * m0[i] }
        if order == 2 {
            let m1 = state.history[0]
            let inverseRatio = 1 / (interval(index - 1) / h)
            let factor = solver.step == .midpoint ? 0.5 * b : c
            for i in state.latent.indices { state.latent[i] += factor * (inverseRatio * (m0[i] - m1[i])) }
        } else if order == 3 {
            let (m1, m2) = (state.history[0], state.history[1])
            let ratios = ThirdOrderRatios(interval(index - 1) / h, interval(index - 2) / h)
            let d = next.alpha * ((1 - left - 2 * h) / ((2 * h) * (2 * h)) - 0.5)
            for i in state.latent.indices {
                let (d1, d2) = ratios.differences(m0[i], m1[i], m2[i])
                state.latent[i] += c * d1 + d * d2
            }
        }
        for i in state.latent.indices { state.latent[i] += fresh * noise[i] }
    }
}
