import Images

/// The search where the training images themselves are at hand: what is near by the index is compared in full size.
public struct FullSizeSearch: CopyMatching {
    private let search: CopySearch
    private let training: IndexedImages

    public var index: CopyIndex { search.index }

    /// - Parameter training: the images that the index was made of, in their order.
    /// - Throws: `CopyError` for other images; what reading them throws.
    public init(_ search: CopySearch, training: IndexedImages) throws {
        let different = try search.index.differences(from: training)
        guard different == 0 else {
            throw CopyError(
                "training images", expected: "the \(search.index.count) of the index, of \(search.index.origin.text)",
                got: "\(training.count), of which \(different) are others")
        }
        (self.search, self.training) = (search, training)
    }

    public func match(_ picture: PixelImage, without group: UInt64?) throws -> CopyMatch? {
        let origin = index.origin
        guard picture.width == origin.width, picture.height == origin.height else {
            throw CopyError(
                "picture", expected: "\(origin.width)x\(origin.height), as the training images are",
                got: "\(picture.width)x\(picture.height)")
        }
        guard let candidate = try CopyCandidate(picture) else { return nil }
        let views = try Self.views(of: picture)
        guard !views.isEmpty else { return nil }
        return try search.match(search.nearest(to: candidate, without: group)) { images in
            try images.map { image in
                let grey = try training[image].picture.deepGrey()
                guard let levels = GreyLevels(grey.samples, width: grey.width), let other = Fingerprint(levels) else {
                    return nil
                }
                return views.reduce(-1) { max($0, $1.correlation(other)) }
            }
        }
    }

    /// Every view of a picture in its own size: shifted, and in a mirror.
    private static func views(of picture: PixelImage) throws -> [Fingerprint] {
        var views: [Fingerprint] = []
        try CopyCandidate.forEachShift(of: picture.deepGrey()) { padded, _, shift in
            var samples: [UInt16] = []
            samples.reserveCapacity(picture.width * picture.height)
            for row in 0..<picture.height {
                let start = (row + shift.0 + CopyCandidate.shift) * padded.width + shift.1 + CopyCandidate.shift
                samples += padded.samples[start..<start + picture.width]
            }
            guard let levels = GreyLevels(samples, width: picture.width) else { return }
            views += [levels, levels.mirrored].compactMap { Fingerprint($0) }
        }
        return views
    }
}

extension CopyCalibration {
    /// The threshold of a search, from real images of other patients. Groups are halved by a digest of their names.
    /// - Parameter progress: images that are done.
    /// - Returns: nil where no image has any detail, or all are of the only group of training.
    /// - Throws: what reading the images and searching them throws.
    public init?(
        _ source: Source, of search: some CopyMatching, by images: IndexedImages, progress: (Int) -> Void = { _ in }
    ) throws {
        let taken = min(images.count, Self.mostScores)
        var halves: [[Float]] = [[], []]
        var groups: Set<UInt64> = []
        for number in 0..<taken {
            let given = try images[number * images.count / taken]
            let group = CopyIndex.group(given.group, of: search.index.origin)
            if let match = try search.match(given.picture, without: group) {
                halves[Int(group & 1)].append(match.score)
                groups.insert(group)
            }
            progress(number + 1)
        }
        // One group alone makes the threshold.
        if halves[0].isEmpty { halves.reverse() }
        guard !halves[0].isEmpty else { return nil }
        self.init(source, scores: halves[0], checked: halves[1], groups: groups.count)
    }
}
