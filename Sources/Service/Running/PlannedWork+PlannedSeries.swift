import Diffusion
import Imaging
import Jobs
import Networks

extension PlannedWork {
    /// What the images of a series take.
    init(_ plan: PlannedSeries) {
        let recipe = plan.series.first
        self.init(
            images: plan.series.count, steps: plan.work.evaluations, callsPerImage: plan.work.networkRows,
            unitsPerCall: recipe.width * recipe.height,
            isLarge: UNet.isLarge(width: recipe.width, height: recipe.height))
    }
}
