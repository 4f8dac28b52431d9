/// How often each grey level makes a piece of each size: the matrix behind run lengths (pieces of a line) and zones
/// (pieces of the plane), and the sixteen features that both have in the same form (pyradiomics, `glrlm.py`,
/// `glszm.py`).
struct LevelSizeMatrix {
    /// One entry of the matrix that is not zero.
    struct Entry {
        let level: Int
        let size: Int
        let count: Double
    }

    let entries: [Entry]

    /// - Parameter pieces: the level and size of each piece, at most `largest`.
    init(pieces: [(level: Int, size: Int)], levels: Int, largest: Int) {
        var keys = pieces.map { $0.level * (largest + 1) + $0.size }
        keys.sort()
        var entries: [Entry] = []
        var start = 0
        for place in keys.indices where place + 1 == keys.count || keys[place + 1] != keys[place] {
            let (level, size) = keys[place].quotientAndRemainder(dividingBy: largest + 1)
            entries.append(Entry(level: level, size: size, count: Double(place + 1 - start)))
            start = place + 1
        }
        self.entries = entries
    }

    /// The features that runs and zones share.
    struct Features {
        let levelNonUniformity, levelNonUniformityNormalized, levelVariance: Double
        let highLevel, lowLevel: Double
        let large, largeHighLevel, largeLowLevel: Double
        let small, smallHighLevel, smallLowLevel: Double
        let sizeNonUniformity, sizeNonUniformityNormalized, sizeVariance: Double
        let entropy, percentage: Double
    }

    var features: Features {
        let pieces = entries.reduce(0) { $0 + $1.count }
        let pixels = entries.reduce(0) { $0 + $1.count * Double($1.size) }
        let byLevel = gathered(\.level), bySize = gathered(\.size)
        /// The mean over the pieces of a function of level and size.
        func mean(_ weight: (Double, Double) -> Double) -> Double {
            entries.reduce(0) { $0 + $1.count * weight(Double($1.level), Double($1.size)) } / pieces
        }
        let level = mean { level, _ in level }, size = mean { _, size in size }
        let levels = byLevel.reduce(0) { $0 + $1 * $1 }, sizes = bySize.reduce(0) { $0 + $1 * $1 }
        return Features(
            levelNonUniformity: levels / pieces, levelNonUniformityNormalized: levels / (pieces * pieces),
            levelVariance: mean { i, _ in (i - level) * (i - level) },
            highLevel: mean { i, _ in i * i }, lowLevel: mean { i, _ in 1 / (i * i) },
            large: mean { _, j in j * j }, largeHighLevel: mean { i, j in i * i * j * j },
            largeLowLevel: mean { i, j in j * j / (i * i) },
            small: mean { _, j in 1 / (j * j) }, smallHighLevel: mean { i, j in i * i / (j * j) },
            smallLowLevel: mean { i, j in 1 / (i * i * j * j) },
            sizeNonUniformity: sizes / pieces, sizeNonUniformityNormalized: sizes / (pieces * pieces),
            sizeVariance: mean { _, j in (j - size) * (j - size) },
            entropy: TextureSums.entropy(entries.map { $0.count / pieces }), percentage: pieces / pixels)
    }

    /// Counts by level or by size.
    private func gathered(_ key: (Entry) -> Int) -> [Double] {
        var sums = [Double](repeating: 0, count: (entries.map(key).max() ?? 0) + 1)
        for entry in entries { sums[key(entry)] += entry.count }
        return sums
    }
}
