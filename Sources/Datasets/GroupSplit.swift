import Bytes

/// Which groups are held out from training: decided by a hash of each group's name alone, so that a set that grows
/// keeps its split, and that one patient is never on both sides.
public struct GroupSplit: Sendable, Equatable {
    /// The share of groups held out, 0 ... 0.5.
    public let validation: Double

    public init(validation: Double) { self.validation = validation }

    /// A number in 0 ..< 1 for the group: the first 64 bits of SHA-256 over its name behind a fixed prefix.
    public static func place(of group: String) -> Double {
        let digest = Digest(of: "phantom split\n" + group)
        return Double(UInt64(bigEndianBytes: digest.bytes.prefix(8)) >> 11) * 0x1p-53
    }

    /// The images of each side, ascending. The set's own parts count first: where any image is marked for validation
    /// the marks decide alone, and images marked for testing are on neither side. Otherwise the groups whose place is
    /// below the share are held out, the one with the lowest place in any case.
    /// - Throws: `DatasetError` where a side would be empty, or one group is on both, or on one and among those marked
    ///   for testing.
    public func sides(of dataset: any Dataset, among indices: [Int], path: String) throws(DatasetError) -> (
        training: [Int], validation: [Int]
    ) {
        var sides: (training: [Int], validation: [Int]) = ([], [])
        let parts = indices.map { dataset.part($0) }
        if parts.contains(.validation) {
            for (index, part) in zip(indices, parts) {
                if part == .validation { sides.validation.append(index) }
                if part == .training || part == nil { sides.training.append(index) }
            }
        } else {
            let usable = zip(indices, parts).filter { $0.1 != .test }.map(\.0)
            let held = heldOut(Set(usable.map { dataset.group($0) }))
            for index in usable {
                if held.contains(dataset.group(index)) {
                    sides.validation.append(index)
                } else {
                    sides.training.append(index)
                }
            }
        }
        try check(sides, path)
        let tested = zip(indices, parts).filter { $0.1 == .test }.map(\.0)
        for (first, second) in [
            ((sides.training, "training"), (sides.validation, "validation")),
            ((tested, "test"), (sides.training, "training")), ((tested, "test"), (sides.validation, "validation")),
        ] {
            try Self.checkApart(first, second, dataset, path)
        }
        return sides
    }

    /// The images that are held out, of a set of any size and without any check.
    func heldOut(of dataset: any Dataset) -> Set<Int> {
        let all = Array(0..<dataset.count)
        let parts = all.map { dataset.part($0) }
        if parts.contains(.validation) { return Set(all.filter { parts[$0] == .validation }) }
        let held = heldOut(Set(all.filter { parts[$0] != .test }.map { dataset.group($0) }))
        return Set(all.filter { parts[$0] != .test && held.contains(dataset.group($0)) })
    }

    private func heldOut(_ groups: Set<String>) -> Set<String> {
        guard validation > 0 else { return [] }
        let places = groups.map { (place: Self.place(of: $0), group: $0) }
        var held = Set(places.filter { $0.place < validation }.map(\.group))
        if held.isEmpty, let lowest = places.min(by: { $0 < $1 }) { held = [lowest.group] }
        return held
    }

    private func check(_ sides: (training: [Int], validation: [Int]), _ path: String) throws(DatasetError) {
        guard !sides.training.isEmpty else {
            let got = sides.validation.isEmpty ? "none" : "all \(sides.validation.count) in validation: one group alone"
            throw DatasetError(
                path: path, item: "split", expected: "images to train with", got: got,
                remedy: "give a column that tells more groups apart, or \"validation\": 0")
        }
    }

    /// Refuses images of one group in two parts, by the first that is found in the second.
    private static func checkApart(
        _ first: (images: [Int], name: String), _ second: (images: [Int], name: String), _ dataset: any Dataset,
        _ path: String
    ) throws(DatasetError) {
        guard !first.images.isEmpty else { return }
        let groups = Set(first.images.map { dataset.group($0) })
        guard let shared = second.images.first(where: { groups.contains(dataset.group($0)) }) else { return }
        throw DatasetError(
            path: path, item: dataset.name(shared), expected: "each group on one side of the split",
            got: "\(dataset.group(shared)) in \(first.name) and in \(second.name)",
            remedy: "leave out the split of the set that marks it (\"own_split\": false), to divide by hash")
    }
}
