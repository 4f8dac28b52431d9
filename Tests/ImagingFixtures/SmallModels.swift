import Bytes
import Diffusion
import Imaging

/// Models that only have facts: enough for validating and routing.
public enum SmallModels {
    /// A grey model of 32 x 16 pixels whose sides are multiples of 8.
    public static func generation(
        prediction: PredictionType = .epsilon, trainingSteps: Int = 1000
    ) -> Generation.Model {
        var scheduler = SchedulerConfiguration()
        scheduler.prediction = prediction
        scheduler.trainingSteps = trainingSteps
        var model = Generation.Model(
            weightsSHA256: Digest(hexadecimal: String(repeating: "0f", count: 32))!, scheduler: scheduler, channels: 1)
        (model.width, model.height, model.sizeDivisor) = (32, 16, 8)
        return model
    }

    /// Two attributes of which the second takes several values, and a null class.
    public static var chest: ModelFacts {
        var facts = ModelFacts(name: "chest", generation: generation(), parameters: 12_345)
        facts.hasClassTable = true
        facts.nullClass = 5
        facts.attributes = [
            .init(name: "view", values: ["PA", "AP"], multiple: false, firstRow: 0),
            .init(name: "finding", values: ["nodule", "effusion", "mass"], multiple: true, firstRow: 2),
        ]
        return facts
    }

    /// Classes by number, and none that means nothing.
    public static var numbered: ModelFacts {
        var facts = ModelFacts(name: "numbered", generation: generation(trainingSteps: 20), parameters: 1)
        facts.hasClassTable = true
        facts.attributes = [.init(name: "class", values: ["0", "1", "2"], multiple: false, firstRow: 0)]
        return facts
    }

    /// RGB, without classes.
    public static var colour: ModelFacts {
        var model = generation()
        model.channels = 3
        return ModelFacts(name: "colour", generation: model, parameters: 1)
    }

    /// Grey, without classes.
    public static var plain: ModelFacts { ModelFacts(name: "plain", generation: generation(), parameters: 1) }

    /// Limits that a few small images reach.
    public static let limits = RequestLimits(count: 10, steps: 2000, pixels: 4096, memoryBytes: 1000)
}
