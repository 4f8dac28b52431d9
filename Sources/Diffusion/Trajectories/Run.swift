/// What all images of one recipe have in common, made once: the schedule and the sampler with every level and
/// coefficient, what is known of the image and what a conditional model is shown of it. Under a seed it is an image
/// (`Trajectory`).
///
/// It never changes, so that any number of images and threads share it.
public final class Run: Sendable {
    /// What is made. Its seed has no influence on the run; an image's own is in its trajectory.
    public let recipe: Recipe
    /// The pixels that the recipe of a restoration names by hash; nil for a generation.
    public let inputs: RestorationInputs?
    let sampler: any Sampler
    /// What is known of the image, in a restoration: the sampler knows it, and `Trajectory.consistency` tells what came
    /// of it.
    let measurement: Measurement?
    /// What making one image takes.
    public let work: RunWork

    /// - Parameter inputs: the pixels of a restoration; nil for a generation.
    /// - Throws: `InvalidSetting` if the recipe cannot be made, or `inputs` are not what it names.
    public init(_ recipe: Recipe, inputs: RestorationInputs? = nil) throws(InvalidSetting) {
        try recipe.validate()
        measurement = try recipe.measurement(inputs)
        sampler = try recipe.makeSampler(measurement, shown: recipe.shown(inputs))
        (self.recipe, self.inputs) = (recipe, inputs)
        work = RunWork(recipe, sampler)
    }

    /// The recipe of the image of a seed.
    public func recipe(seed: UInt64) -> Recipe {
        var recipe = recipe
        recipe.seed = seed
        return recipe
    }
}
