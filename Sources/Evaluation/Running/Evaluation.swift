import Datasets
import JSON
import Tensors

/// Compares sets of images, or sets of features.
public struct Evaluation {
    private let making: FeatureMaking
    /// What subsets and replicates are drawn with.
    private let seed: UInt64
    let searchesCopies: Bool
    /// How the downstream experiment is made; nil makes none.
    public var downstream: DownstreamRequest?
    /// Whether blurred real images are compared as well, whose features cost as much as those of the real ones.
    public var comparesBlurred = true
    /// What kind of images they are; nil measures only what any image has.
    public var modality: DomainModality?
    /// Which models are audited for copies by condition; nil audits none.
    public var audit: CopyAuditRequest?

    /// - Parameter searchesCopies: whether synthetic images are searched among training images, which are needed then.
    public init(making: FeatureMaking, seed: UInt64 = 0, searchesCopies: Bool = false) {
        (self.making, self.seed, self.searchesCopies) = (making, seed, searchesCopies)
    }

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
        let blurred =
            try comparesBlurred ? making.features(of: roles.real.blurred(sigma: 1)) { progress(.real, $0, $1) } : nil
        let comparison = try SetComparison(
            real: real.table, synthetic: synthetic.table, train: train?.table, logits: synthetic.logits, seed: seed)
        let tables = try SetTables(comparison, real: real, blurred: blurred, making)
        let labels = try LabelAgreement.all(
            real: LabelledRows(real.table, of: roles.real), train: labelled(roles.train, train),
            synthetic: LabelledRows(synthetic.table, of: roles.synthetic), seed: seed)
        var report = EvaluationReport(
            sets: sets, scores: labels.flatMap(\.scores), features: facts(roles.real.shape))
        report.title = "\(roles.synthetic.count) synthetic images against \(roles.real.count) of held-out patients"
        report.verdictFacts = tables.facts
        report.sections = try sections(roles, tables, labels)
        report.facts.append(.init("seed", String(seed)))
        report.notes = roles.notes + (tables.note.map { [$0] } ?? []) + labels.flatMap(\.notes)
        try addDomain(to: &report, roles) { progress(.synthetic, $0, $1) }
        let images = DownstreamImages(roles, real: real, train: train, synthetic: synthetic)
        if let findings = try downstream?.findings(images, making, progress: { progress(.synthetic, $0, $1) }) {
            report.add(findings)
        }
        if searchesCopies { try addCopies(to: &report, roles, digest: train?.digest, progress) }
        addParts(to: &report, labels, roles)
        return report
    }

    private func addParts(to report: inout EvaluationReport, _ labels: [LabelAgreement], _ roles: ImageRoles) {
        if !labels.isEmpty {
            report.parts["labels"] = .object(JSONObject(labels.map { ($0.attribute, .object($0.json)) }))
        }
        if !roles.sharedGroups.isEmpty { report.parts["shared_patients"] = .integer(roles.sharedGroups.count) }
    }

    private func addDomain(
        to report: inout EvaluationReport, _ roles: ImageRoles, progress: (_ done: Int, _ total: Int) -> Void
    ) throws {
        let domain = try DomainFindings(
            roles, DomainRequest(modality: modality, seed: seed, comparesBlurred: comparesBlurred), making: making,
            progress: progress)
        report.sections.append(domain.section)
        report.parts["domain"] = .object(domain.json)
    }

    /// What the report says of the features of images of a shape.
    private func facts(_ shape: PixelShape) -> JSONObject {
        let extractor = making.extractor
        return [
            "name": .string(extractor.name), "dimension": .integer(extractor.dimension),
            "preprocessing": .string(extractor.preprocessing), "identity": .string(extractor.identity),
            "shape": .string(shape.text),
        ]
    }

    /// The parts of the page.
    private func sections(_ roles: ImageRoles, _ tables: SetTables, _ labels: [LabelAgreement]) throws
        -> [ReportSection]
    {
        var realism: [ReportBlock] = [
            .scores(tables.table(caption: "By features of \(making.extractor.name)")), .scores(try pairs(roles)),
        ]
        if !roles.sharedGroups.isEmpty {
            realism.insert(
                .warning("\(roles.sharedGroups.count) patients are in the real and in the training images."), at: 0)
        }
        let samples = try ConditionSamples(real: roles.real, synthetic: roles.synthetic).comparison()
        var sections = [
            ReportSection("Images", blocks: [.comparison(samples)]),
            ReportSection(
                "Realism and variety",
                introduction: "Each number stands between that of real images against others, and of blurred ones.",
                blocks: realism),
        ]
        if !labels.isEmpty {
            sections.append(
                ReportSection(
                    "Labels", introduction: "What a classifier of real images takes others for.",
                    blocks: labels.flatMap(\.blocks)))
        }
        return sections
    }

    /// How alike pairs of images are, of synthetic and of real ones.
    private func pairs(_ roles: ImageRoles) throws -> ScoreTable {
        let scores = try PairSimilarity.scores(
            real: roles.real.pictures, synthetic: roles.synthetic.pictures, seed: seed, on: making.compute)
        let meaning = ScoreMeaning.of("ms_ssim")
        return ScoreTable(
            caption: "By pixels",
            rows: [
                .init(meaning.label, meaning: meaning.meaning, synthetic: scores[0], realAgainstReal: scores.last)
            ])
    }

    /// The kernel distance alone, of sets that are compared with several others.
    public func kernelDistance(on roles: ImageRoles) throws -> Score {
        let real = try making.features(of: roles.real), synthetic = try making.features(of: roles.synthetic)
        let sets = try SetComparison(real: real.table, synthetic: synthetic.table, seed: seed).inOneScale()
        let kernel = try KernelDistance(sets.real, sets.synthetic, sets.pair, on: making.compute)
        return try sets.kernelDistance(kernel, on: making.compute)
    }

    private func labelled(_ set: ImageSet?, _ features: SetFeatures?) -> LabelledRows? {
        guard let set, let features else { return nil }
        return LabelledRows(features.table, of: set)
    }

    /// The same numbers of features that another program made.
    /// - Parameter threads: that share the work.
    /// - Throws: `EvaluationError` for files whose rows cannot be compared.
    public static func report(
        real: FeatureFile, train: FeatureFile?, synthetic: FeatureFile, seed: UInt64 = 0, threads: Int
    ) throws -> EvaluationReport {
        let scores = try SetComparison(
            real: real.features.table, synthetic: synthetic.features.table, train: train?.features.table,
            logits: synthetic.features.logits, seed: seed
        ).scores(on: Compute(threads: threads))
        let files: [(ImageSet.Role, FeatureFile?)] = [(.real, real), (.train, train), (.synthetic, synthetic)]
        let sets = files.compactMap { role, file in
            file.map {
                EvaluationReport.Set(
                    role: role, path: $0.path, images: $0.features.table.count, groups: nil, digest: nil)
            }
        }
        let table = real.features.table
        var report = EvaluationReport(
            sets: sets, scores: scores,
            features: ["name": .string(table.extractor), "dimension": .integer(table.dimension)])
        report.facts.append(.init("seed", String(seed)))
        return report
    }
}
