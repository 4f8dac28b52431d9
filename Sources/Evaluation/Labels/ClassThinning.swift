/// Which images are taken where there are more than can be held: as many of each class in proportion. A set often lies
/// in the order of its classes, or they take turns, so that its first images, or every third, may be of one alone.
enum ClassThinning {
    /// Every second, third, ... image of each class, the first in any case: so few that all classes together are not
    /// more than `most`, but for one of each.
    /// - Parameter labels: the class of each image.
    /// - Returns: the places of the images that are taken, ascending; all, where they are not more than `most`.
    static func places(_ labels: [Int], most: Int) -> [Int] {
        let step = (labels.count + most - 1) / most
        var seen: [Int: Int] = [:]
        return labels.indices.filter { place in
            defer { seen[labels[place], default: 0] += 1 }
            return seen[labels[place], default: 0] % step == 0
        }
    }
}
