import Bytes
import FoundationEssentials
import Images
import Tensors

/// Makes the features of sets of images, or finds them in a cache.
public struct FeatureMaking {
    public let extractor: any FeatureExtractor
    private let cache: FeatureCache
    /// What extractors, and numbers made of their features, are computed with.
    public let compute: Compute

    /// - Parameter threads: that share the work.
    public init(_ extractor: any FeatureExtractor, cache: FeatureCache, threads: Int) throws {
        (self.extractor, self.cache) = (extractor, cache)
        compute = Compute(threads: threads)
        if let folder = cache.folder { try Self.makeFolders(folder) }
    }

    private static func makeFolders(_ path: String) throws(EvaluationError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw EvaluationError(path, expected: "a folder that can be made", got: "\(error)")
        }
    }

    /// Pixels of `FeatureCache.imagesPerFile` images are in memory at a time, and the features of all.
    /// - Parameter progress: called with the images done and those of the set.
    /// - Throws: what reading an image or computing throws; what is kept by then stays.
    public func features(of set: ImageSet, progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }) throws
        -> SetFeatures
    {
        var rows: [FeatureRow] = []
        rows.reserveCapacity(set.count)
        var content = Digest.Accumulator()
        for start in stride(from: 0, to: set.count, by: FeatureCache.imagesPerFile) {
            let images = try (start..<min(start + FeatureCache.imagesPerFile, set.count)).map { try set.picture($0) }
            let digests = images.map(\.digest)
            for digest in digests { content.append(digest.bytes) }
            let path = cache.path(of: digests, by: extractor)
            if let path, let found = cache.rows(at: path, count: images.count, by: extractor) {
                rows += found
                progress(rows.count, set.count)
                continue
            }
            var made: [FeatureRow] = []
            for first in stride(from: 0, to: images.count, by: 32) {
                made += try extractor.rows(of: Array(images[first..<min(first + 32, images.count)]), compute: compute)
                progress(start + made.count, set.count)
            }
            if let path { try cache.keep(made, at: path) }
            rows += made
        }
        var features = try SetFeatures(extractor: extractor.name, rows: rows, groups: set.groups)
        features.digest = content.digest.hexadecimal
        return features
    }
}
