// Wrote saved_trajectories.json, with the sources of revision cc99d07 (arithmetic 5, archive format 1), the last one in
// which the state of probability-flow was an array of numbers: put beside the files of Tests/DiffusionTests and called
// there, it prints the file.
@testable import Diffusion

private func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef")
    return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
}

private func hexadecimal(_ values: [Float]) -> String {
    hexadecimal(values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (24 - 8 * $0)) } })
}

func printSavedTrajectories() throws {
    let stepper = Denoiser(RationalNetwork())
    var lines: [String] = []
    func save(_ recipe: Recipe, inputs: RestorationInputs? = nil, after places: [Int], name: String) throws {
        var batch = [try Trajectory(recipe: recipe, inputs: inputs)]
        let end = try stepper.run(batch[0])
        for place in places {
            while batch[0].evaluationsDone < place, !batch[0].finished { try stepper.step(&batch) }
            let bytes = hexadecimal(batch[0].serialized())
            lines.append(
                #"{"name": "\#(name)", "evaluations": \#(batch[0].evaluationsDone), "saved": "\#(bytes)", "last": "\#(hexadecimal(end.latent))"}"#)
        }
    }
    for recipe in TrajectoryTests.recipes where recipe.noise == .philox || recipe.sampler == .ddpm {
        // Both stages that find the first length, those of a step, its end and that of the run.
        let places = recipe.sampler == .probabilityFlow ? [0, 1, 2, 5, 7, 8, 600] : [5]
        try save(recipe, after: places, name: "\(recipe.sampler.rawValue), \(recipe.noise.rawValue)")
    }
    // Where a step has been rejected.
    var strict = TrajectoryTests.recipes.first { $0.sampler == .probabilityFlow }!
    strict.samplerOptions.tolerance = 1e-6
    var run = [try Trajectory(recipe: strict)], places: [Int] = []
    while !run[0].finished {
        try stepper.step(&run)
        if run[0].state.numbers[3] == 1 { places.append(run[0].evaluationsDone) }
    }
    try save(strict, after: Array(places.prefix(3)), name: "probability-flow, rejected")
    var seen: Set<String> = []
    for one in try RestorationTests.cases() where one.recipe.noise == .philox {
        let name = "\(one.recipe.kind.rawValue), \(one.recipe.restoration!.method.rawValue), \(one.recipe.sampler.rawValue)"
        guard ["ddim", "ddpm"].contains(one.recipe.sampler.rawValue), seen.insert(name).inserted else { continue }
        try save(one.recipe, inputs: one.inputs, after: [5], name: name)
    }
    print("[" + lines.joined(separator: ",\n") + "]")
}
