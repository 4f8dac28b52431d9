/// The labels of a set as they are trained with: classes of too few images refused or put together.
struct PreparedLabels: Sendable {
    let attributes: [DatasetAttribute]
    /// The new index of each value of each attribute.
    private let renumbered: [[Int]]

    /// The value that small classes become.
    static let other = "other"

    /// - Parameter indices: the images that are there.
    /// - Throws: `DatasetError` for a class without images, or one of too few unless the settings say what then.
    init(_ dataset: any Dataset, among indices: [Int], _ settings: DatasetSettings) throws(DatasetError) {
        let counts = Self.counts(dataset, among: indices)
        var attributes: [DatasetAttribute] = [], renumbered: [[Int]] = []
        for (attribute, count) in zip(dataset.attributes, counts) {
            let refused = RefusedClass.all(of: attribute, counts: count, settings)
            if let worst = refused.min(by: { $0.images < $1.images }) {
                throw DatasetError(
                    path: settings.path, item: "attribute \(attribute.name), class \(worst.value)",
                    expected: "at least \(DatasetSettings.smallestClass) images",
                    got: worst.images == 0
                        ? "none: an empty class"
                        : "\(worst.images) (\(refused.count) of \(count.count) classes have too few)",
                    remedy: worst.remedy)
            }
            let small = count.indices.filter { count[$0] < DatasetSettings.smallestClass }
            if small.isEmpty || settings.smallClasses == .keep {
                attributes.append(attribute)
                renumbered.append(Array(count.indices))
                continue
            }
            let (merged, numbers) = Self.merged(attribute, small: Set(small))
            attributes.append(merged)
            renumbered.append(numbers)
        }
        (self.attributes, self.renumbered) = (attributes, renumbered)
    }

    /// Images of each value of each attribute.
    static func counts(_ dataset: any Dataset, among indices: [Int]) -> [[Int]] {
        var counts = dataset.attributes.map { [Int](repeating: 0, count: $0.values.count) }
        for index in indices {
            for (attribute, values) in dataset.labels(index).values.enumerated() {
                for value in values { counts[attribute][value] += 1 }
            }
        }
        return counts
    }

    /// The other values in their order, then `other`; a value of that name is joined by the small ones.
    private static func merged(_ attribute: DatasetAttribute, small: Set<Int>) -> (DatasetAttribute, [Int]) {
        var kept: [String] = [], numbers: [Int] = []
        for (index, value) in attribute.values.enumerated() where !small.contains(index) && value != other {
            kept.append(value)
            numbers.append(index)
        }
        var renumbered = [Int](repeating: kept.count, count: attribute.values.count)
        for (new, old) in numbers.enumerated() { renumbered[old] = new }
        return (
            DatasetAttribute(name: attribute.name, values: kept + [other], multiple: attribute.multiple), renumbered
        )
    }

    func labels(_ labels: DatasetLabels) -> DatasetLabels {
        DatasetLabels(
            zip(labels.values, renumbered).map { values, numbers in
                Set(values.map { numbers[$0] }).sorted()
            })
    }
}
