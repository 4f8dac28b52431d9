/// Features of the grey-level size-zone matrix (GLSZM): pieces of equal level that hang together over any of the eight
/// neighbours (pyradiomics, `glszm.py`; IBSI, section 3.8).
struct SizeZoneFeatures {
    static let names = [
        "GrayLevelNonUniformity", "GrayLevelNonUniformityNormalized", "GrayLevelVariance",
        "HighGrayLevelZoneEmphasis", "LargeAreaEmphasis", "LargeAreaHighGrayLevelEmphasis",
        "LargeAreaLowGrayLevelEmphasis", "LowGrayLevelZoneEmphasis", "SizeZoneNonUniformity",
        "SizeZoneNonUniformityNormalized", "SmallAreaEmphasis", "SmallAreaHighGrayLevelEmphasis",
        "SmallAreaLowGrayLevelEmphasis", "ZoneEntropy", "ZonePercentage", "ZoneVariance",
    ]

    /// In the order of `names`.
    let values: [Double]

    init(_ grey: BinnedLevels) {
        let zones = ConnectedPieces(grey.levels, width: grey.width, height: grey.height, diagonals: true)
        let pieces = zip(zones.values, zones.sizes).map { (level: $0, size: $1) }
        let of = LevelSizeMatrix(pieces: pieces, levels: grey.highest, largest: grey.levels.count).features
        values = [
            of.levelNonUniformity, of.levelNonUniformityNormalized, of.levelVariance, of.highLevel, of.large,
            of.largeHighLevel, of.largeLowLevel, of.lowLevel, of.sizeNonUniformity, of.sizeNonUniformityNormalized,
            of.small, of.smallHighLevel, of.smallLowLevel, of.entropy, of.percentage, of.sizeVariance,
        ]
    }
}
