import Bytes
import Dispatch
import Locking

/// Images that are the same, or nearly, although they are of different groups; and groups that are in two parts.
public struct LeakCheck: Sendable {
    /// Two images of different groups.
    public struct Pair: Sendable, Equatable {
        public let first: Int
        public let second: Int
        /// 1 for the same pixels.
        public let correlation: Float
        /// Whether one would be trained on and the other held out.
        public let crossesSplit: Bool
    }

    /// Groups that the set itself has in more than one part.
    public private(set) var dividedGroups: [String] = []
    public private(set) var same: [Pair] = []
    public private(set) var near: [Pair] = []
    /// Images that were compared.
    public let compared: Int

    /// Correlations from here on are near-duplicates.
    public static let threshold: Float = 0.98
    /// So much their edges and texture have to agree as well: those of one picture after another contrast, size or
    /// compression do by 0.9 and more, those of two people in one pose by 0.6 and less.
    public static let detailThreshold: Float = 0.9
    /// Pairs that are kept; more are counted as so many.
    static let mostPairs = 100_000

    /// Whether something of what is trained on is held out as well.
    public var hasLeaks: Bool { !dividedGroups.isEmpty || (same + near).contains { $0.crossesSplit } }

    /// - Parameters:
    ///   - thumbnails: of the images that were read, ascending by their number in the set.
    ///   - heldOut: the images of the set that are held out.
    init(_ dataset: any Dataset, thumbnails: [(index: Int, thumbnail: Thumbnail)], heldOut: Set<Int>) {
        compared = thumbnails.count
        dividedGroups = Self.divided(dataset)
        let comparison = Comparison(dataset: dataset, thumbnails: thumbnails, heldOut: heldOut)
        let pairs = comparison.pairs()
        same = pairs.filter { $0.correlation == 1 }
        near = pairs.filter { $0.correlation < 1 }
    }

    private static func divided(_ dataset: any Dataset) -> [String] {
        var parts: [String: Set<DatasetPart>] = [:]
        for index in 0..<dataset.count {
            if let part = dataset.part(index) { parts[dataset.group(index), default: []].insert(part) }
        }
        return parts.filter { $0.value.count > 1 }.keys.sorted()
    }

    private struct Comparison: Sendable {
        let dataset: any Dataset
        let thumbnails: [(index: Int, thumbnail: Thumbnail)]
        let heldOut: Set<Int>
        /// The group of each thumbnail.
        let groups: [String]

        init(dataset: any Dataset, thumbnails: [(index: Int, thumbnail: Thumbnail)], heldOut: Set<Int>) {
            (self.dataset, self.thumbnails, self.heldOut) = (dataset, thumbnails, heldOut)
            groups = thumbnails.map { dataset.group($0.index) }
        }

        /// Each pair of different groups once. Most pairs are told apart by 16 numbers: unit vectors of correlation c
        /// are sqrt(2 - 2c) apart, and their projections no further.
        func pairs() -> [Pair] {
            let found = Lock<[Pair]>([])
            let farthest = 2 - 2 * LeakCheck.threshold + 1e-5
            DispatchQueue.concurrentPerform(iterations: thumbnails.count) { first in
                let own = thumbnails[first].thumbnail
                var pairs: [Pair] = []
                for second in first + 1..<thumbnails.count {
                    let other = thumbnails[second].thumbnail
                    var distance: Float = 0
                    for place in 0..<16 {
                        let difference = own.coarse[place] - other.coarse[place]
                        distance += difference * difference
                    }
                    guard distance <= farthest, groups[first] != groups[second] else { continue }
                    let isSame = own.digest == other.digest
                    let correlation = isSame ? 1 : min(own.correlation(other), 0.999_999)
                    let isNear =
                        correlation >= LeakCheck.threshold
                        && own.detailCorrelation(other) >= LeakCheck.detailThreshold
                    if isSame || isNear { pairs.append(pair(first, second, correlation)) }
                }
                if pairs.isEmpty { return }
                found.withLock { all in if all.count < LeakCheck.mostPairs { all += pairs } }
            }
            return found.withLock { $0 }.sorted { ($0.first, $0.second) < ($1.first, $1.second) }
        }

        private func pair(_ first: Int, _ second: Int, _ correlation: Float) -> Pair {
            let (first, second) = (thumbnails[first].index, thumbnails[second].index)
            let parts = [dataset.part(first), dataset.part(second)]
            let areDivided = parts[0] != nil && parts[1] != nil && parts[0] != parts[1]
            return Pair(
                first: first, second: second, correlation: correlation,
                crossesSplit: areDivided || heldOut.contains(first) != heldOut.contains(second))
        }
    }
}
