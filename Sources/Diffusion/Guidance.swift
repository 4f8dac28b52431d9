/// Classifier-free guidance (Ho & Salimans 2022): condition and null are rows of one batch.
struct Guidance {
    /// How an evaluation is asked and its answers combined.
    private enum Plan {
        /// One row is all that is needed.
        case single(ClassInput)
        /// null + weight (condition - null).
        case pair(condition: ClassInput, null: ClassInput, weight: Float)
    }

    private let plan: Plan

    init(_ recipe: Recipe) {
        let condition = recipe.condition
        // Where the formula gives one of its terms exactly, the other is not computed.
        if recipe.guidance == 1 || condition.null == nil || condition.null == condition.input {
            plan = .single(condition.input)
        } else if recipe.guidance == 0, let null = condition.null {
            plan = .single(null)
        } else {
            plan = .pair(condition: condition.input, null: condition.null ?? .none, weight: Float(recipe.guidance))
        }
    }

    /// The class inputs of the rows to evaluate.
    var inputs: [ClassInput] {
        switch plan {
        case .single(let input): [input]
        case .pair(let condition, let null, _): [condition, null]
        }
    }

    /// The guided prediction of the rows' outputs. A learned variance (values beyond `count`) is the condition's own:
    /// extrapolated variances mean nothing.
    func combine(_ outputs: ArraySlice<[Float]>, count: Int) -> [Float] {
        let first = outputs[outputs.startIndex]
        guard case .pair(_, _, let weight) = plan else { return first }
        let null = outputs[outputs.startIndex + 1]
        var guided = first
        for i in 0..<min(count, first.count, null.count) { guided[i] = null[i] + weight * (first[i] - null[i]) }
        return guided
    }
}
