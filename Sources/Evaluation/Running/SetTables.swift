/// The numbers of two sets, each between those of real images against other real ones, and of blurred ones.
struct SetTables {
    /// Of the synthetic images.
    let scores: [Score]
    let realAgainstReal: [Score], blurredReal: [Score]
    /// Why there are no references; nil where there are.
    let note: String?

    /// - Parameters:
    ///   - blurred: the held-out images blurred by a Gaussian of sigma 1; nil makes no such row.
    ///   - comparison: held-out and synthetic images.
    init(_ comparison: SetComparison, real: SetFeatures, blurred: SetFeatures?, _ making: FeatureMaking) throws {
        let compute = making.compute
        scores = try comparison.scores(on: compute)
        let other = blurred ?? real
        let logits = real.logits.flatMap { real in other.logits.map { (real: real, blurred: $0) } }
        let references: (realAgainstReal: SetComparison, blurredReal: SetComparison)
        do {
            references = try SetComparison.references(
                real: real.table, blurred: other.table, train: comparison.train, logits: logits,
                seed: comparison.seed)
        } catch let error as EvaluationError {
            (realAgainstReal, blurredReal, note) = ([], [], "no rows of real images to compare with: \(error)")
            return
        }
        realAgainstReal = try references.realAgainstReal.scores(on: compute)
        blurredReal = try blurred == nil ? [] : references.blurredReal.scores(on: compute)
        note = nil
    }

    /// The table of the report. Numbers that cannot be computed are there, with their reasons.
    func table(caption: String) -> ScoreTable {
        let rows = ScoreRow.rows(synthetic: scores, realAgainstReal: realAgainstReal, blurredReal: blurredReal)
        return ScoreTable(
            caption: caption,
            rows: rows.map { row in
                let meaning = ScoreMeaning.of(row.synthetic.name)
                return .init(
                    meaning.label, meaning: meaning.meaning, synthetic: row.synthetic,
                    realAgainstReal: row.realAgainstReal, blurredReal: row.blurredReal)
            })
    }

    /// What the verdict looks at.
    var facts: Verdict.Facts {
        func named(_ name: String, _ scores: [Score]) -> Score? { scores.first { $0.name == name } }
        var facts = Verdict.Facts()
        facts.kernelDistance = named("kernel_distance", scores)
        facts.kernelDistanceOfReal = named("kernel_distance", realAgainstReal)
        facts.kernelDistanceOfBlurred = named("kernel_distance", blurredReal)
        facts.frechetRatio = named("frechet_ratio", scores)
        return facts
    }
}
