import Diffusion
import Imaging
import Jobs
import Networks

extension PlannedWork {
    /// What the images of a request take.
    init(_ plan: PlannedGeneration) {
        let recipe = plan.recipes[0]
        self.init(
            images: plan.recipes.count, steps: plan.evaluations, callsPerImage: plan.networkRows,
            unitsPerCall: recipe.width * recipe.height,
            isLarge: UNet.isLarge(width: recipe.width, height: recipe.height))
    }

    /// What the images of recipes from outside take.
    init(_ plan: PlannedRun) {
        let recipe = plan.series.first
        self.init(
            images: plan.series.count, steps: plan.evaluations, callsPerImage: plan.networkRows,
            unitsPerCall: recipe.width * recipe.height,
            isLarge: UNet.isLarge(width: recipe.width, height: recipe.height))
    }
}
