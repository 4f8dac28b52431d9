import Diffusion
import Imaging
import Networks
import Service
import Tensors

/// What is done with every recipe that has been let in: it is planned as the service plans it, and taken two evaluations far, with a
/// stop in between.
public struct TwoSteps {
    private let denoiser: TrajectoryStepper<NetworkPredictor>
    /// Pixels of an image that is computed; larger ones are planned only.
    private static let mostValues = 1024

    public init(_ network: UNet) {
        denoiser = TrajectoryStepper(NetworkPredictor(network: network, compute: Compute(threads: 1)))
    }

    /// - Throws: whatever refuses the recipe.
    public func run(_ recipe: Recipe, inputs: RestorationInputs? = nil) throws {
        let work = try recipe.work()
        precondition(work.evaluations >= 1 && work.networkRows >= 1, "a run of \(work)")
        guard recipe.count <= Self.mostValues else { return }
        try run(Trajectory(recipe: recipe, inputs: inputs))
    }

    /// From wherever it is.
    public func run(_ trajectory: Trajectory) throws {
        var batch = [trajectory]
        try step(&batch)
        let saved = batch[0].serialized()
        batch = [try Trajectory(serialized: saved, of: trajectory.run, seed: trajectory.recipe.seed)]
        precondition(batch[0].serialized() == saved, "a trajectory comes back changed")
        try step(&batch)
        guard batch[0].finished else { return }
        _ = try SyntheticImage.encode(batch[0])
    }

    /// One evaluation further.
    public func advance(_ trajectory: inout Trajectory) {
        var batch = [trajectory]
        do {
            try step(&batch)
        } catch { fatalError("a valid trajectory cannot be stepped: \(error)") }
        trajectory = batch[0]
    }

    private func step(_ batch: inout [Trajectory]) throws {
        let before = batch[0].progress
        try denoiser.step(&batch)
        let after = batch[0].progress
        precondition((0...after.total).contains(after.done) && after.total == before.total, "progress of \(after) after \(before)")
    }
}
