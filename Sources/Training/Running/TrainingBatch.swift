import Diffusion
import Networks

/// One batch of a run as a pure function of seed and number: rows for the network, and what it is to answer.
struct TrainingBatch {
    let rows: [TrainingRow]
    let examples: [Objective.Example]
    /// Places in the data set, for messages.
    let images: [Int]
}

/// Makes batches.
struct BatchMaker {
    let plan: RunPlan
    let images: any TrainingImages
    private let order: EpochOrder

    init(_ plan: RunPlan, _ images: any TrainingImages) {
        (self.plan, self.images) = (plan, images)
        order = EpochOrder(seed: plan.settings.seed, count: images.count)
    }

    /// The batch of images `first`..<`first + batch` of the run.
    func batch(from first: Int) throws -> TrainingBatch {
        let settings = plan.settings
        var (rows, examples, places): ([TrainingRow], [Objective.Example], [Int]) = ([], [], [])
        for slice in 0..<settings.batch {
            let draws = ImageDraws(seed: settings.seed, number: first + slice)
            let place = order.image(first + slice)
            let (image, told) = settings.augmentation.applied(
                to: try images.values(place), height: images.height, width: images.width, draws: draws)
            // Stratified: each image of the batch has its own slice of the density.
            let probability = (Double(slice) + draws.time) / Double(settings.batch)
            let example = plan.objective.example(
                image, noise: draws.noise(count: image.count),
                at: plan.objective.draw.time(probability: probability))
            let classRows = plan.network.classRows
            let labels =
                draws.labels < settings.labelDropout ? classRows.nullRows : classRows.rows(images.labels(place))
            rows.append(
                TrainingRow(
                    sample: settings.input(example.sample, of: image, height: images.height, width: images.width),
                    timestep: example.time.timestep,
                    classRows: classRows.adding(told, to: labels), dropoutKey: draws.dropoutKey))
            examples.append(example)
            places.append(place)
        }
        return TrainingBatch(rows: rows, examples: examples, images: places)
    }
}
