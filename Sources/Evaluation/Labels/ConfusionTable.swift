import JSON

/// How often images of each class were taken for each other.
public struct ConfusionTable: Sendable, Equatable {
    public let classes: [String]
    /// [true class][class it was taken for].
    public private(set) var counts: [[Int]]

    public init(classes: [String]) {
        self.classes = classes
        counts = Array(repeating: Array(repeating: 0, count: classes.count), count: classes.count)
    }

    mutating func add(label: Int, taken: Int) { counts[label][taken] += 1 }

    public var total: Int { counts.joined().reduce(0, +) }

    /// The share of all images that was taken for what it is; nil of none.
    public var accuracy: Double? {
        total > 0 ? Double(classes.indices.reduce(0) { $0 + counts[$1][$1] }) / Double(total) : nil
    }

    /// The same of the images of each class; nil where there are none.
    public var accuracies: [Double?] {
        classes.indices.map { index in
            let images = counts[index].reduce(0, +)
            return images > 0 ? Double(counts[index][index]) / Double(images) : nil
        }
    }

    public var json: JSONObject {
        [
            "classes": .array(classes.map { .string($0) }),
            "counts": .array(counts.map { .array($0.map { .integer($0) }) }),
            "accuracy": .number(accuracy), "accuracies": .array(accuracies.map { .number($0) }),
        ]
    }
}
