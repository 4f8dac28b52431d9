/// What `WinogradShared` chooses by a layer's shape, the batch and the threads; all of it decides speed only. The
/// figures were measured with two threads, see Benchmarks/LEDGER.md.
extension WinogradShared {
    /// What a thread takes. What one thread has written another reads slowly, the more so where they share no cache.
    enum Division {
        /// Some tiles through all stages, with all output channels: nothing is handed over, and each thread reads all
        /// weights.
        case tiles
        /// Some output channels of all tiles, which each thread transforms: for the fewest.
        case channels
        /// Tiles to transform; then, when all have done so, output channels of a part of them.
        case stages
    }

    /// How the weights are read.
    enum Weights {
        case transformed
        case untransformed(PackedWeights)
    }

    /// Tiles that are multiplied together: their products should stay in cache, and where weights are transformed at
    /// use, that should serve many.
    private static func tilesWanted(isTransformed: Bool) -> Int { isTransformed ? 64 : 128 }

    /// Images, of `tiles` tiles each, whose tiles are multiplied together.
    static func imagesPerGroup(batch: Int, tiles: Int, isTransformed: Bool, threads: Int) -> Int {
        let group = max(1, min(batch, tilesWanted(isTransformed: isTransformed) / tiles))
        return isTransformed && batch >= group * threads ? group * threads : group  // images for each thread
    }

    /// Floats of planes that each thread had better transform for itself than read half of them from another core: less
    /// than a tenth is lost by it where cores share a cache, a third won where they do not.
    static let planesRepeated = 600_000
    /// Tiles for which transforming the weights once more costs less than reading tiles from another core may.
    static let fewestTilesOfPart = 48

    /// Tiles of a thread's own for which it may read all weights that were transformed before.
    static let fewestTilesOfTransformed = 32
    /// Tiles for which transformed weights are read, rather than transformed at use, for each time that they are as
    /// large.
    static let fewestTilesPerSizeRatio = 8

    /// How weights are read for the tiles of all images.
    static func reading(_ weights: WinogradWeights, tiles: Int) -> Weights {
        guard let untransformed = weights.untransformed else { return .transformed }
        let isWorthIt = 9 * tiles >= fewestTilesPerSizeRatio * weights.products
        return weights.form != .atUse && isWorthIt ? .transformed : .untransformed(untransformed)
    }
}
