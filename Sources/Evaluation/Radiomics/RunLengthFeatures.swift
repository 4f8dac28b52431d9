/// Features of the grey-level run-length matrix (GLRLM): pieces of equal level along a line. One matrix a direction;
/// the features are means over the four (pyradiomics, `glrlm.py`; IBSI, section 3.7).
struct RunLengthFeatures {
    static let names = [
        "GrayLevelNonUniformity", "GrayLevelNonUniformityNormalized", "GrayLevelVariance", "HighGrayLevelRunEmphasis",
        "LongRunEmphasis", "LongRunHighGrayLevelEmphasis", "LongRunLowGrayLevelEmphasis", "LowGrayLevelRunEmphasis",
        "RunEntropy", "RunLengthNonUniformity", "RunLengthNonUniformityNormalized", "RunPercentage", "RunVariance",
        "ShortRunEmphasis", "ShortRunHighGrayLevelEmphasis", "ShortRunLowGrayLevelEmphasis",
    ]

    /// In the order of `names`.
    let values: [Double]

    init(_ grey: BinnedLevels) {
        let each = BinnedLevels.directions.map { direction -> [Double] in
            let of = Self.matrix(grey, direction).features
            return [
                of.levelNonUniformity, of.levelNonUniformityNormalized, of.levelVariance, of.highLevel, of.large,
                of.largeHighLevel, of.largeLowLevel, of.lowLevel, of.entropy, of.sizeNonUniformity,
                of.sizeNonUniformityNormalized, of.percentage, of.sizeVariance, of.small, of.smallHighLevel,
                of.smallLowLevel,
            ]
        }
        values = Self.names.indices.map { feature in
            each.reduce(0) { $0 + $1[feature] } / Double(each.count)
        }
    }

    private static func matrix(_ grey: BinnedLevels, _ direction: (Int, Int)) -> LevelSizeMatrix {
        var runs: [(level: Int, size: Int)] = []
        for row in 0..<grey.height {
            for column in 0..<grey.width {
                let level = grey.levels[row * grey.width + column]
                let before = (row - direction.0, column - direction.1)
                // A run is counted where it begins.
                if grey.contains(before.0, before.1), grey.levels[before.0 * grey.width + before.1] == level {
                    continue
                }
                var size = 1, next = (row + direction.0, column + direction.1)
                while grey.contains(next.0, next.1), grey.levels[next.0 * grey.width + next.1] == level {
                    size += 1
                    next = (next.0 + direction.0, next.1 + direction.1)
                }
                runs.append((level, size))
            }
        }
        return LevelSizeMatrix(pieces: runs, levels: grey.highest, largest: max(grey.width, grey.height))
    }
}
