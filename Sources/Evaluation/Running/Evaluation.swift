import JSON

/// Compares sets of images, or sets of features.
public struct Evaluation {
    private let making: FeatureMaking

    public init(making: FeatureMaking) { self.making = making }

    /// - Parameter progress: called with the role whose features are made, the images done and those of the set.
    /// - Throws: what reading images, computing and keeping features throws; `EvaluationError`.
    public func report(
        on roles: ImageRoles, progress: (ImageSet.Role, _ done: Int, _ total: Int) -> Void = { _, _, _ in }
    ) throws -> EvaluationReport {
        var sets: [EvaluationReport.Set] = []
        func features(_ set: ImageSet) throws -> SetFeatures {
            let made = try making.features(of: set) { progress(set.role, $0, $1) }
            let groups = set.tellsGroups ? Swift.Set((0..<set.count).map { set.group($0) }).count : nil
            sets.append(
                .init(role: set.role, path: set.path, images: set.count, groups: groups, digest: made.digest))
            return made
        }
        let real = try features(roles.real), train = try roles.train.map(features)
        let synthetic = try features(roles.synthetic)
        let scores = try FeatureScores(real: real, train: train, synthetic: synthetic).scores()
        let extractor = making.extractor
        var report = EvaluationReport(
            sets: sets, scores: scores,
            features: [
                "name": .string(extractor.name), "dimension": .integer(extractor.dimension),
                "preprocessing": .string(extractor.preprocessing), "identity": .string(extractor.identity),
                "shape": .string(roles.real.shape.text),
            ])
        report.notes = roles.notes
        if !roles.sharedGroups.isEmpty { report.parts["shared_patients"] = .integer(roles.sharedGroups.count) }
        return report
    }

    /// The same numbers of features that another program made.
    /// - Throws: `EvaluationError` for files whose rows cannot be compared.
    public static func report(real: FeatureFile, train: FeatureFile?, synthetic: FeatureFile) throws -> EvaluationReport
    {
        let scores = try FeatureScores(
            real: real.features, train: train?.features, synthetic: synthetic.features
        ).scores()
        let files: [(ImageSet.Role, FeatureFile?)] = [(.real, real), (.train, train), (.synthetic, synthetic)]
        let sets = files.compactMap { role, file in
            file.map {
                EvaluationReport.Set(
                    role: role, path: $0.path, images: $0.features.table.count, groups: nil, digest: nil)
            }
        }
        let table = real.features.table
        return EvaluationReport(
            sets: sets, scores: scores,
            features: ["name": .string(table.extractor), "dimension": .integer(table.dimension)])
    }
}
