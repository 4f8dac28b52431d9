import Images

/// How near a picture is to an image of the index.
public struct CopyMatch: Sendable, Equatable {
    /// The image's place in the index, in the order of the training set.
    public let image: Int
    /// The best correlation of their details over all views, -1 ... 1.
    public let correlation: Float
    /// The mean correlation of the picture's 50 nearest images of other groups.
    public let neighbourhood: Float

    /// How much nearer the image is than that neighbourhood: 1 less the ratio of their distances, 1 for the very pixels
    /// and about 0 for a picture that is nobody's. The distance of two vectors of length 1 goes with the root of 1 less
    /// their product, so this is the ratio of Carlini et al., Extracting Training Data from Diffusion Models (arXiv
    /// 2301.13188), section 4.2 and appendix: a dull picture is near to many, and not nearer to one.
    public var score: Float {
        1 - (max(0, 1 - correlation) / max(1e-6, 1 - neighbourhood)).squareRoot()
    }
}

/// Whatever tells which training image a picture is nearest to.
public protocol CopyMatching {
    var index: CopyIndex { get }

    /// The training image that a picture is nearest to.
    /// - Parameter group: a group of the index that is passed over; nil passes over none.
    /// - Returns: nil for a picture without detail (of one level), and where no image is left to compare with.
    /// - Throws: `ImageError` for a picture of more than 8192 pixels a side.
    func match(_ picture: PixelImage, without group: UInt64?) throws -> CopyMatch?
}

extension CopyMatching {
    /// The training image, of all, that a picture is nearest to.
    public func match(_ picture: PixelImage) throws -> CopyMatch? { try match(picture, without: nil) }

    /// The same of a picture of any size.
    ///
    /// The index has its images as training has brought them from their files. A picture of more pixels shows detail
    /// that they have lost, if they have fewer than a thumbnail, and one of other proportions agrees with none of them.
    /// So one of another size than theirs is searched as it is, and as training would have brought it; what is nearer
    /// counts.
    /// - Throws: `ImageError` for a picture with opacity; as ``match(_:without:)``.
    public func match(ofAnySize picture: PixelImage) throws -> CopyMatch? {
        let (width, height) = (index.origin.width, index.origin.height)
        guard picture.width != width || picture.height != height else { return try match(picture) }
        let brought = try picture.fitted(height: height, width: width, fit: .crop, filter: .lanczos)
        return try [picture, brought].compactMap { try match($0) }.max { $0.score < $1.score }
    }
}

/// An index made ready to be searched, by any thread.
public final class CopySearch: CopyMatching, Sendable {
    public let index: CopyIndex
    /// Features and coarse ranks of all images, one after the other.
    private let features: [SIMD16<Float>]
    private let norms: [Float]
    private let coarse: [SIMD16<Float>]

    /// Bytes of memory: the index and what is made of it.
    public var bytes: Int {
        let lanes = (features.count + coarse.count) * MemoryLayout<SIMD16<Float>>.stride
        return lanes + norms.count * MemoryLayout<Float>.stride + index.memoryBytes
    }

    /// Images that are looked at closely, by features and by coarse ranks.
    static let shortlist = 5
    /// Images that make up the neighbourhood.
    static let neighbours = 50
    private static let featureLanes = DetailDirections.most / 16

    public init(_ index: CopyIndex) {
        self.index = index
        features = index.features.flatMap(\.self)
        norms = index.features.map { Fingerprint.product($0, $0) }
        coarse = index.entries.flatMap { CoarseRanks.vector($0.levels) }
    }

    public func match(_ picture: PixelImage, without group: UInt64?) throws -> CopyMatch? {
        guard let candidate = try CopyCandidate(picture) else { return nil }
        return match(nearest(to: candidate, without: group)) { images in
            images.map { image in
                Fingerprint(index.entries[image].levels).map { candidate.correlation($0) }
            }
        }
    }

    /// Images of the index to be compared closely.
    struct Nearest {
        /// The nearest images by features, nearest first, `neighbours` and more.
        let features: [Int]
        /// The nearest images by outlines, `shortlist` of them.
        let outlines: [Int]
    }

    func nearest(to candidate: CopyCandidate, without group: UInt64?) -> Nearest {
        let isTaken = { self.index.entries[$0].group != group }
        return Nearest(
            features: Self.smallest(featureDistances(candidate), count: 8 * Self.neighbours, where: isTaken),
            outlines: Self.smallest(coarseDistances(candidate), count: Self.shortlist, where: isTaken))
    }

    /// The best of the nearest images, with its neighbourhood: the mean correlation of the nearest images of other
    /// groups, or of other images where there are hardly any.
    /// - Parameter correlations: of images of the index; nil for one without detail.
    func match(_ nearest: Nearest, _ correlations: ([Int]) throws -> [Float?]) rethrows -> CopyMatch? {
        let listed = nearest.features.prefix(Self.shortlist) + nearest.outlines
        var best: (image: Int, correlation: Float)?
        for (image, correlation) in zip(listed, try correlations(Array(listed))) {
            if let correlation, correlation > best?.correlation ?? -2 { best = (image, correlation) }
        }
        guard let best else { return nil }
        let group = index.entries[best.image].group
        var others = nearest.features.filter { index.entries[$0].group != group }
        if others.count < 5 { others = nearest.features.filter { $0 != best.image } }
        let values = try correlations(Array(others.prefix(Self.neighbours))).compactMap(\.self)
        return CopyMatch(
            image: best.image, correlation: best.correlation,
            neighbourhood: values.isEmpty ? 0 : values.reduce(0, +) / Float(values.count))
    }

    /// The squared distance of the features of each image to those of the nearest view.
    private func featureDistances(_ candidate: CopyCandidate) -> [Float] {
        let wanted = candidate.searched.map { index.directions.features($0) }
        let lengths = wanted.map { Fingerprint.product($0, $0) }
        let lanes = Self.featureLanes
        return norms.indices.map { image in
            var least = Float.infinity
            let start = image * lanes
            for (view, vector) in wanted.enumerated() {
                var sums = SIMD16<Float>.zero
                for lane in 0..<lanes { sums += features[start + lane] * vector[lane] }
                least = min(least, lengths[view] - 2 * sums.sum())
            }
            return norms[image] + least
        }
    }

    /// Less the correlation of the outlines, of the nearer of picture and mirror image.
    private func coarseDistances(_ candidate: CopyCandidate) -> [Float] {
        let lanes = CoarseRanks.lanes
        return norms.indices.map { image in
            var least = Float.infinity
            for vector in candidate.coarse {
                var sums = SIMD16<Float>.zero
                for lane in 0..<lanes { sums += coarse[image * lanes + lane] * vector[lane] }
                least = min(least, -sums.sum())
            }
            return least
        }
    }

    /// The places of the smallest values that are taken, ascending; equal ones in their order.
    private static func smallest(_ values: [Float], count: Int, where isTaken: (Int) -> Bool) -> [Int] {
        let taken = values.indices.filter(isTaken)
        guard taken.count > count else { return taken.sorted { (values[$0], $0) < (values[$1], $1) } }
        // A bound from a sample: sorting all would take longer than the search.
        let sorted = taken.map { values[$0] }.sorted()
        let bound = sorted[count - 1]
        return Array(taken.filter { values[$0] <= bound }.sorted { (values[$0], $0) < (values[$1], $1) }.prefix(count))
    }
}
