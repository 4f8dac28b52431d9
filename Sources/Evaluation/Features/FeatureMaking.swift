import Bytes
import Checkpoints
import FoundationEssentials
import Images
import Tensors

/// Makes the features of sets of images, or finds them in a cache.
public struct FeatureMaking {
    public let extractor: any FeatureExtractor
    private let cache: FeatureCache
    /// What extractors, and numbers made of their features, are computed with.
    public let compute: Compute
    /// Bytes of a set's features up to which they are held in memory.
    var mostInMemory = FeatureTable.mostInMemory

    /// - Parameter threads: that share the work.
    public init(_ extractor: any FeatureExtractor, cache: FeatureCache, threads: Int) throws {
        (self.extractor, self.cache) = (extractor, cache)
        compute = Compute(threads: threads)
        if let folder = cache.folder { try makeFolders(folder) }
    }

    /// Pixels of the images of one file of the cache are in memory at a time, and the features of all: of large sets
    /// not even these, where there is a cache whose files they can be read from.
    /// - Parameter progress: called with the images done and those of the set.
    /// - Throws: what reading an image or computing throws; what is kept by then stays.
    public func features(of set: ImageSet, progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }) throws
        -> SetFeatures
    {
        let bytes = set.count * (extractor.dimension + extractor.logits) * MemoryLayout<Float>.size
        var made = MadeFeatures(staysInFiles: cache.folder != nil && bytes > mostInMemory)
        var content = Digest.Accumulator()
        let together = FeatureCache.imagesPerFile(set.shape)
        for start in stride(from: 0, to: set.count, by: together) {
            let images = try (start..<min(start + together, set.count)).map { try set.picture($0) }
            let digests = images.map(\.digest)
            for digest in digests { content.append(digest.bytes) }
            let rows = try rows(of: images, digests) { progress(start + $0, set.count) }
            try made.append(rows, in: cache.path(of: digests, by: extractor))
        }
        var features = try made.features(of: extractor, groups: set.groups)
        features.digest = content.digest.hexadecimal
        return features
    }

    /// Finds rows in the cache, or makes and keeps them.
    private func rows(of images: [PixelImage], _ digests: [Digest], progress: (_ done: Int) -> Void) throws
        -> [FeatureRow]
    {
        let path = cache.path(of: digests, by: extractor)
        if let path, let found = cache.rows(at: path, count: images.count, by: extractor) {
            progress(found.count)
            return found
        }
        var made: [FeatureRow] = []
        for first in stride(from: 0, to: images.count, by: 32) {
            made += try extractor.rows(of: Array(images[first..<min(first + 32, images.count)]), compute: compute)
            progress(made.count)
        }
        if let path { try cache.keep(made, at: path) }
        return made
    }
}
