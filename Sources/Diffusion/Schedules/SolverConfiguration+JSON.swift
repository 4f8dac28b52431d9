import JSON

extension SolverConfiguration {
    init(_ root: JSONCursor) throws {
        order = try root.given("solver_order")?.int(in: 1...3) ?? 2
        // UniPC and DEIS name their own kinds of step; DPM-Solver takes those as its midpoint.
        let steps = ["midpoint", "heun", "bh1", "bh2", "logrho"]
        let type = try root.given("solver_type")?.string(oneOf: steps)
        step = type == "heun" ? .heun : .midpoint
        unipc = type == "bh1" ? .bh1 : .bh2
        uncorrectedSteps =
            try root.given("disable_corrector")?.elements(count: 0...100_000).map { try $0.int(in: 0...100_000) } ?? []
        // Which of them is used is for the request to say.
        _ = try root.given("algorithm_type")?.string(oneOf: ["dpmsolver++", "sde-dpmsolver++", "deis"])
        lowerOrderFinal = try root.given("lower_order_final")?.boolOrNone() ?? true
        eulerAtFinal = try root.given("euler_at_final")?.boolOrNone() ?? false
        finalSigma = try root.given("final_sigmas_type")?.choice() ?? .zero
        if let lambda = try root.given("lambda_min_clipped") {
            guard let value = lambda.value.number?.double, value < 100 else {
                throw lambda.mismatch(expected: "a number below 100")
            }
            minimumLambda = value
        }
    }
}
