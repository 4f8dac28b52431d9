/// Features with the labels of their images: what a classifier is trained on or tested with.
public struct LabelledRows: Sendable {
    public let features: FeatureTable
    /// Of each attribute: its values, and the value of each image; nil where nothing is said of it, or several values.
    public let attributes: [String: (values: [String], labels: [Int?])]
    /// The patient, subject or slide of each image.
    public let groups: [String]

    public init(_ features: FeatureTable, of set: ImageSet) {
        self.features = features
        groups = (0..<set.count).map { set.group($0) }
        var attributes: [String: (values: [String], labels: [Int?])] = [:]
        for (place, attribute) in set.attributes.enumerated() {
            let labels = (0..<set.count).map { index -> Int? in
                let values = set.labels(index)[place]
                return values.count == 1 ? values[0] : nil
            }
            attributes[attribute.name] = (attribute.values, labels)
        }
        self.attributes = attributes
    }

    init(features: FeatureTable, attributes: [String: (values: [String], labels: [Int?])], groups: [String]) {
        (self.features, self.attributes, self.groups) = (features, attributes, groups)
    }

    /// The rows that show exactly one of `classes`, with its place among them.
    func rows(_ attribute: String, classes: [String]) -> [(row: Int, label: Int)] {
        guard let (values, labels) = attributes[attribute] else { return [] }
        let places = values.map { classes.firstIndex(of: $0) }
        return labels.enumerated().compactMap { row, label in
            label.flatMap { places[$0] }.map { (row, $0) }
        }
    }

    /// Two parts without a common patient: those of a hash below `share`, and the others.
    func divided(share: Double) -> (below: Set<Int>, others: Set<Int>) {
        var below: Set<Int> = [], others: Set<Int> = []
        for (row, group) in groups.enumerated() {
            if LabelledRows.place(of: group) < share { below.insert(row) } else { others.insert(row) }
        }
        return (below, others)
    }
}
