import Images

/// The images of a set with labels, and behind them those of further sets, of which nothing is said.
///
/// Groups go by their names across the sets: a patient who is in two of them stays on one side of a split. How the
/// images are divided is for the set with labels to say: where it marks none for validation, the others' marks of that
/// do not count either, as nothing with labels would be held out.
struct JoinedDataset: Dataset {
    private let sets: [any Dataset]
    /// Where the images of each set begin, and at last their number.
    private let starts: [Int]
    /// Whether the set with labels marks images for validation.
    private let isDivided: Bool

    init(_ labelled: any Dataset, unlabelled: [any Dataset]) {
        sets = [labelled] + unlabelled
        starts = sets.reduce(into: [0]) { starts, set in starts.append(starts[starts.count - 1] + set.count) }
        isDivided = (0..<labelled.count).contains { labelled.part($0) == .validation }
    }

    var count: Int { starts[starts.count - 1] }
    var attributes: [DatasetAttribute] { sets[0].attributes }

    var fingerprint: String? {
        let all = sets.compactMap(\.fingerprint)
        return all.count == sets.count ? all.joined(separator: "\nand, without labels,\n") : nil
    }

    var notes: [String] {
        sets[0].notes
            + sets.indices.dropFirst().flatMap { index in
                ["\(sets[index].count) images are of set \(index + 1), without labels"] + sets[index].notes
            }
    }

    func labels(_ index: Int) -> DatasetLabels {
        index < starts[1] ? sets[0].labels(index) : DatasetLabels(attributes.map { _ in [] })
    }

    func group(_ index: Int) -> String { at(index) { $0.group($1) } }
    func name(_ index: Int) -> String { at(index) { $0.name($1) } }
    func pixels(_ index: Int) throws -> PixelImage { try at(index) { try $0.pixels($1) } }

    func part(_ index: Int) -> DatasetPart? {
        let part = at(index) { $0.part($1) }
        return index < starts[1] || isDivided || part == .test ? part : nil
    }

    private func at<Result>(_ index: Int, _ body: (any Dataset, Int) throws -> Result) rethrows -> Result {
        let set = starts.dropFirst().firstIndex { index < $0 }.map { $0 - 1 } ?? sets.count - 1
        return try body(sets[set], index - starts[set])
    }
}
