/// A class of too few images, which a set cannot be trained with as its settings are.
public struct RefusedClass: Sendable, Equatable {
    public let attribute: String
    public let value: String
    public let images: Int

    /// What the user can do.
    var remedy: String {
        images == 0
            ? "leave it out of the values, or \"small_classes\": \"merge\""
            : "\"small_classes\": \"merge\" makes them one class \(PreparedLabels.other), \"keep\" trains with them"
    }

    /// Those of one attribute.
    /// - Parameter counts: images of each of its values.
    static func all(
        of attribute: DatasetAttribute, counts: [Int], _ settings: DatasetSettings
    ) -> [RefusedClass] {
        let fewest =
            switch settings.smallClasses {
            case .refuse: DatasetSettings.smallestClass
            case .keep: 1
            case .merge: 0
            }
        return zip(attribute.values, counts).filter { $1 < fewest }.map {
            RefusedClass(attribute: attribute.name, value: $0, images: $1)
        }
    }
}
