import Datasets
import JSON
import Numbers

/// Whether images show what they are labelled with: a classifier is trained on real images and asked about held-out
/// real ones and about synthetic ones. A model whose conditions work is as right as the held-out images are.
public struct LabelAgreement: Sendable {
    public let attribute: String
    /// Real images that the classifier was trained on.
    public let trainedOn: Int
    /// Held-out real images.
    public let real: ConfusionTable
    public let synthetic: ConfusionTable
    /// The accuracies with their intervals: `label_accuracy.NAME` of real images, `label_agreement.NAME` of synthetic
    /// ones.
    public let scores: [Score]
    /// What was assumed, a sentence each.
    public let notes: [String]

    /// Images of a class to train on, at least.
    static let fewest = 10
    /// Images that are trained on at most, as doubles in memory; more are thinned.
    static let mostTraining = 20_000
    /// The share of patients that test, where no training images are given.
    static let testShare = 0.3

    /// The agreement of every attribute that real and synthetic images have in common and that can be trained.
    /// - Parameters:
    ///   - real: held-out images; trained on, all but `testShare` of their patients, where `train` is nil.
    ///   - train: what the classifier is trained on.
    /// - Throws: `EvaluationError` where features cannot be read.
    public static func all(real: LabelledRows, train: LabelledRows?, synthetic: LabelledRows, seed: UInt64) throws
        -> [LabelAgreement]
    {
        try real.attributes.keys.sorted().compactMap { name in
            try LabelAgreement(name, real: real, train: train, synthetic: synthetic, seed: seed)
        }
    }

    /// Nil where fewer than two classes can be trained.
    init?(_ name: String, real: LabelledRows, train: LabelledRows?, synthetic: LabelledRows, seed: UInt64) throws {
        let source = train ?? real
        guard let values = source.attributes[name]?.values, values.count <= 1000 else { return nil }
        let parts = real.divided(share: Self.testShare)
        func training(_ classes: [String]) -> [(row: Int, label: Int)] {
            let rows = source.rows(name, classes: classes)
            return train == nil ? rows.filter { parts.others.contains($0.row) } : rows
        }
        let counts = Dictionary(grouping: training(values)) { $0.label }.mapValues(\.count)
        let classes = values.indices.filter { counts[$0, default: 0] >= Self.fewest }.map { values[$0] }
        guard classes.count >= 2 else { return nil }
        let all = training(classes)
        let rows = ClassThinning.places(all.map(\.label), most: Self.mostTraining).map { all[$0] }
        let classifier = RidgeClassifier(
            try rows.map { try source.features[$0.row] }, labels: rows.map(\.label), classes: classes.count)
        let tested = real.rows(name, classes: classes).filter { train != nil || parts.below.contains($0.row) }
        (attribute, trainedOn) = (name, rows.count)
        let onReal = try Outcome(classifier, tested, of: real, classes: classes)
        let onSynthetic = try Outcome(
            classifier, synthetic.rows(name, classes: classes), of: synthetic, classes: classes)
        (self.real, self.synthetic) = (onReal.table, onSynthetic.table)
        let counted = (real: onReal.table.total, synthetic: onSynthetic.table.total)
        let extractor = real.features.extractor
        scores = [("label_accuracy.\(name)", onReal), ("label_agreement.\(name)", onSynthetic)].map { key, outcome in
            var score = Score(
                key, value: outcome.table.accuracy, counts: counted, features: extractor, direction: .higher)
            score.interval = outcome.interval(seed: seed)
            score.warnings = outcome.warnings
            if score.value == nil { score.reason = "no image shows one of \(classes.joined(separator: ", "))" }
            return score
        }
        notes =
            Self.notes(name, isDivided: train == nil, left: values.filter { !classes.contains($0) })
            + (rows.count < all.count ? ["labels of \(name): trained on \(rows.count) of \(all.count) images"] : [])
    }

    /// What was assumed and passed over.
    private static func notes(_ name: String, isDivided: Bool, left: [String]) -> [String] {
        var notes: [String] = []
        if isDivided {
            notes.append(
                "labels of \(name): trained on the real images of 70 % of the patients, tested with the others")
        }
        if let first = left.first {
            notes.append(
                "labels of \(name): \(left.count) classes of fewer than \(fewest) images are left out, such as "
                    + first)
        }
        return notes
    }

    public var json: JSONObject {
        [
            "trained_on": .integer(trainedOn), "real": .object(real.json), "synthetic": .object(synthetic.json),
        ]
    }

    /// The accuracies and both tables, for the page.
    var blocks: [ReportBlock] {
        let accuracy = ScoreTable(
            caption: "Accuracy of \(attribute)",
            rows: [
                .init(
                    "Label agreement", meaning: "Share of synthetic images that are taken for what they are labelled.",
                    synthetic: scores[1], realAgainstReal: scores[0])
            ])
        let tables = [("held-out real", real), ("synthetic", synthetic)].filter { $0.1.total > 0 }.map { name, table in
            ReportTable(
                caption: "\(attribute): what \(name) images are taken for",
                columns: ["labelled"] + table.classes,
                rows: table.classes.indices.map { row in
                    [table.classes[row]] + table.counts[row].map(String.init)
                })
        }
        return [.scores(accuracy)] + tables.map { .table($0) }
    }

    /// What a classifier took some images for.
    private struct Outcome {
        var table: ConfusionTable
        /// Of each group: images, and those that were taken for what they are.
        private var groups: [(images: Int, right: Int)]

        init(
            _ classifier: RidgeClassifier, _ rows: [(row: Int, label: Int)], of set: LabelledRows, classes: [String]
        ) throws {
            table = ConfusionTable(classes: classes)
            var counts: [String: (images: Int, right: Int)] = [:]
            for (row, label) in rows {
                let taken = classifier(try set.features[row])
                table.add(label: label, taken: taken)
                counts[set.groups[row], default: (0, 0)].images += 1
                counts[set.groups[row], default: (0, 0)].right += taken == label ? 1 : 0
            }
            groups = counts.keys.sorted().compactMap { counts[$0] }
        }

        /// What has to be said of an interval made of few groups.
        var warnings: [String] {
            guard table.total > 0, groups.count < ResampledPair.few else { return [] }
            return [
                groups.count < 2
                    ? "no interval: all \(table.total) images are of one group"
                    : "the interval rests on \(groups.count) groups"
            ]
        }

        /// The middle 95 % of the accuracies of 1,000 drawings of as many patients with replacement (Efron 1979).
        func interval(seed: UInt64) -> ClosedRange<Double>? {
            guard groups.count >= 2 else { return nil }
            var accuracies = (0..<1000).map { replicate -> Double in
                var images = 0, right = 0
                for place in groups.indices {
                    let words = Philox.block(
                        counter: SIMD4(UInt32(truncatingIfNeeded: place), UInt32(replicate), 0, 0x1ABE_1000), key: seed)
                    let drawn = groups[Int((UInt64(words[0]) * UInt64(groups.count)) >> 32)]
                    (images, right) = (images + drawn.images, right + drawn.right)
                }
                return Double(right) / Double(images)
            }
            accuracies.sort()
            return accuracies[25]...accuracies[974]
        }
    }
}

extension LabelledRows {
    /// A number in 0 ..< 1 for a patient, another than the split of a data set has.
    static func place(of group: String) -> Double { GroupSplit.place(of: "labels\n" + group) }
}
