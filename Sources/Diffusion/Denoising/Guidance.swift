import Networks

/// Classifier-free guidance (Ho & Salimans 2022): condition and null are rows of one batch.
struct Guidance {
    /// How an evaluation is asked and its answers combined.
    private enum Plan {
        /// One row is all that is needed.
        case single(ClassInput)
        /// null + weight (condition - null), then partly brought back to the condition's own spread.
        case pair(condition: ClassInput, null: ClassInput, weight: Float, rescale: Float)
    }

    private let plan: Plan

    /// - Parameter acts: whether the evaluation lies where guidance acts; elsewhere the condition alone is asked for.
    init(_ recipe: Recipe, acts: Bool) {
        let condition = recipe.condition
        // Where the formula gives one of its terms exactly, the other is not computed.
        if !acts || recipe.guidance == 1 || condition.null == nil || condition.null == condition.input {
            plan = .single(condition.input)
        } else if recipe.guidance == 0, recipe.guidanceRescale == 0, let null = condition.null {
            plan = .single(null)
        } else {
            plan = .pair(
                condition: condition.input, null: condition.null ?? .none, weight: Float(recipe.guidance),
                rescale: Float(recipe.guidanceRescale))
        }
    }

    /// The class inputs of the rows to evaluate.
    var inputs: [ClassInput] {
        switch plan {
        case .single(let input): [input]
        case .pair(let condition, let null, _, _): [condition, null]
        }
    }

    /// The guided prediction of the rows' outputs. A learned variance (values beyond `count`) is the condition's own:
    /// extrapolated variances mean nothing.
    func combine(_ outputs: ArraySlice<[Float]>, count: Int) -> [Float] {
        let first = outputs[outputs.startIndex]
        guard case .pair(_, _, let weight, let rescale) = plan else { return first }
        let null = outputs[outputs.startIndex + 1]
        let values = min(count, first.count, null.count)
        var guided = first
        for i in 0..<values { guided[i] = null[i] + weight * (first[i] - null[i]) }
        if rescale != 0 { Self.rescale(&guided, to: first, share: rescale, count: values) }
        return guided
    }

    /// share x std(condition)/std(x) + (1 - share) x, the deviations over all values of the image (Lin et al. 2023, eq.
    /// 15 and 16; diffusers' `rescale_noise_cfg`).
    private static func rescale(_ guided: inout [Float], to condition: [Float], share: Float, count: Int) {
        let spread = deviation(guided[..<count])
        // Without any spread there is nothing to scale.
        guard spread > 0 else { return }
        let ratio = Float(deviation(condition[..<count]) / spread)
        for i in 0..<count { guided[i] = share * (guided[i] * ratio) + (1 - share) * guided[i] }
    }

    /// The standard deviation, in double precision from the first value to the last.
    private static func deviation(_ values: ArraySlice<Float>) -> Double {
        let mean = values.reduce(0.0) { $0 + Double($1) } / Double(values.count)
        let squares = values.reduce(0.0) { sum, value in
            let distance = Double(value) - mean
            return sum + distance * distance
        }
        return (squares / Double(values.count)).squareRoot()
    }
}
