import JSON

/// What of the images is measured, and how.
struct DomainRequest {
    /// What kind of images they are; nil measures only what any image has.
    var modality: DomainModality?
    /// What halves and replicates are drawn with.
    var seed: UInt64
    /// Whether blurred real images are compared as well.
    var comparesBlurred: Bool
}

/// What of the images a radiologist or a pathologist would look at first, as distances between distributions, each
/// beside that of real images and of blurred ones; and by condition.
struct DomainFindings {
    let rows: [ScoreRow]
    let modality: DomainModality?
    let profiles: (real: DomainProfiles, synthetic: DomainProfiles)
    /// Of each value that both sets show.
    let conditions: [Condition]

    /// The images of one value of an attribute: its name, the numbers of them alone, and what they are made of.
    struct Condition {
        let name: String, scores: [Score]
        let real: DomainProfiles, synthetic: DomainProfiles
    }

    /// Images of a condition on either side, without which it is left out; and conditions that are shown at most.
    private static let fewest = 10, mostConditions = 24

    /// - Throws: what reading images throws.
    init(
        _ roles: ImageRoles, _ request: DomainRequest, making: FeatureMaking,
        progress: (_ done: Int, _ total: Int) -> Void
    ) throws {
        let modality = request.modality, seed = request.seed
        let total = 2 * roles.real.count + roles.synthetic.count
        func profiles(_ set: ImageSet, after done: Int) throws -> DomainProfiles {
            try DomainProfiles(set, modality, making: making) { progress(done + $0, total) }
        }
        let real = try profiles(roles.real, after: 0)
        let synthetic = try profiles(roles.synthetic, after: roles.real.count)
        let blurred =
            try request.comparesBlurred
            ? profiles(roles.real.blurred(sigma: 1), after: roles.real.count + roles.synthetic.count) : nil
        func scores(_ a: DomainProfiles, _ b: DomainProfiles) throws -> [Score] {
            try DomainComparison(real: a, synthetic: b, modality, seed: seed).scores(on: making.compute)
        }
        let own = try scores(real, synthetic)
        if let halves = try? RealHalves(count: real.count, groups: real.groups, seed: seed) {
            let first = real.rows(halves.first)
            let grouped = blurred.map { DomainProfiles(profiles: $0.profiles, groups: real.groups) }
            rows = ScoreRow.rows(
                synthetic: own, realAgainstReal: try scores(first, real.rows(halves.second)),
                blurredReal: try grouped.map { try scores(first, $0.rows(halves.second)) } ?? [])
        } else {
            rows = ScoreRow.rows(synthetic: own, realAgainstReal: [], blurredReal: [])
        }
        var conditions: [Condition] = []
        for attribute in roles.real.attributes {
            for value in attribute.values where conditions.count < Self.mostConditions {
                let places = [roles.real, roles.synthetic].map { Self.places(of: value, of: attribute.name, in: $0) }
                guard places.allSatisfy({ $0.count >= Self.fewest }) else { continue }
                let (a, b) = (real.rows(places[0]), synthetic.rows(places[1]))
                conditions.append(
                    Condition(
                        name: "\(attribute.name) = \(value)", scores: try scores(a, b), real: a, synthetic: b))
            }
        }
        (self.modality, self.profiles, self.conditions) = (modality, (real, synthetic), conditions)
    }

    private static func places(of value: String, of name: String, in set: ImageSet) -> [Int] {
        guard let place = set.attributes.firstIndex(where: { $0.name == name }),
            let number = set.attributes[place].values.firstIndex(of: value)
        else { return [] }
        return (0..<set.count).filter { set.labels($0)[place] == [number] }
    }

    func meaning(_ name: String) -> (label: String, meaning: String) {
        if let value = modality?.values.first(where: { "domain.\($0.name)" == name }) {
            return (value.label, value.meaning + " In standard deviations of real images.")
        }
        let meaning = ScoreMeaning.of(name)
        return (meaning.label, meaning.meaning)
    }

    /// The part of the page.
    var section: ReportSection {
        let table = ScoreTable(
            caption: "Distances between distributions",
            rows: rows.map { row in
                let (label, text) = meaning(row.synthetic.name)
                return .init(
                    label, meaning: text, synthetic: row.synthetic, realAgainstReal: row.realAgainstReal,
                    blurredReal: row.blurredReal)
            })
        var blocks: [ReportBlock] = [.scores(table), .curves(spectra), .table(means)]
        if !conditions.isEmpty {
            if modality != nil { blocks.append(.table(meansByCondition)) }
            blocks.append(.table(byCondition))
        }
        return ReportSection(
            "What the images show",
            introduction: modality.map { "What is measured of \($0.rawValue) images, one by one." }
                ?? "What is measured of any images; --modality adds what is told of chests, brains and histology.",
            blocks: blocks)
    }

    /// The member `domain` of `report.json`: the modality, and the numbers by condition; those of all images stand in
    /// `metrics`.
    var json: JSONObject {
        [
            "modality": modality.map { .string($0.rawValue) } ?? .null,
            "conditions": .object(JSONObject(conditions.map { ($0.name, .object($0.scores.json)) })),
        ]
    }
}
