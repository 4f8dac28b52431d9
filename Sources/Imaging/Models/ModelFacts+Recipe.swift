import Diffusion
import Networks

extension ModelFacts {
    /// Holds a recipe from outside against the model: what only the network would find out in the middle of a run is
    /// found here.
    ///
    /// - Throws: `InvalidSetting` naming the recipe's field.
    package func check(_ recipe: Recipe) throws(InvalidSetting) {
        guard recipe.channels == generation.channels else {
            throw InvalidSetting("channels", expected: "\(generation.channels), the model's", got: "\(recipe.channels)")
        }
        let divisor = max(1, generation.sizeDivisor)
        for (field, size) in [("width", recipe.width), ("height", recipe.height)] where size % divisor != 0 {
            throw InvalidSetting(field, expected: "a multiple of \(divisor)", got: "\(size)")
        }
        guard recipe.restoration?.concatenation == generation.concatenation else {
            throw InvalidSetting(
                "restoration",
                expected: generation.concatenation == nil
                    ? "no concatenation, as the model makes images from noise alone"
                    : "the concatenation that the model was trained with, as it enlarges images", got: "another")
        }
        if let timeRows, recipe.scheduler.trainingSteps > timeRows {
            throw InvalidSetting(
                "num_train_timesteps", expected: "at most \(timeRows), the rows of the model's time table",
                got: "\(recipe.scheduler.trainingSteps)")
        }
        try check(recipe.condition.input, "condition")
        if let null = recipe.condition.null { try check(null, "condition/null") }
    }

    private func check(_ input: ClassInput, _ field: String) throws(InvalidSetting) {
        switch input {
        case .none where !hasClassTable: return
        case .rows(let rows) where hasClassTable && !rows.isEmpty:
            guard let classRows, let wrong = rows.first(where: { $0 >= classRows }) else { return }
            throw InvalidSetting(field, expected: "rows of the class table, 0 to \(classRows - 1)", got: "\(wrong)")
        default:
            throw InvalidSetting(
                field, expected: hasClassTable ? "rows of the class table" : "no class, as the model has none",
                got: hasClassTable ? "no rows" : "one")
        }
    }
}
