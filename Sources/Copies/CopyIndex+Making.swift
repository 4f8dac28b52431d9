import Bytes
import Images

/// An image that an index is made of, or calibrated with.
public struct IndexedImage: Sendable {
    public let picture: PixelImage
    /// The patient, subject or slide.
    public let group: String

    public init(_ picture: PixelImage, group: String) { (self.picture, self.group) = (picture, group) }
}

/// Images one after the other, none of which is kept.
public struct IndexedImages {
    public let count: Int
    private let image: (Int) throws -> IndexedImage

    public init(count: Int, image: @escaping (Int) throws -> IndexedImage) { (self.count, self.image) = (count, image) }

    /// No images.
    public static var none: IndexedImages {
        IndexedImages(count: 0) { throw CopyError("image", expected: "none", got: "\($0)") }
    }

    subscript(place: Int) -> IndexedImage {
        get throws { try image(place) }
    }
}

extension CopyIndex {
    /// Makes the index of training images, and finds the threshold.
    /// - Parameters:
    ///   - images: those of training, in their order.
    ///   - heldOut: real images of other patients, as many as there are; where there are none, training images of other
    ///     patients stand in for them.
    ///   - progress: images that are done, and those there are.
    /// - Throws: `CopyError` where there are none or too many, or none has any detail; what reading an image throws.
    public init(
        _ origin: Origin, of images: IndexedImages, heldOut: IndexedImages,
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws {
        let count = images.count, isHeldOut = heldOut.count > 0
        let total = count + min(isHeldOut ? heldOut.count : count, CopyCalibration.mostScores)
        try self.init(origin, of: images) { progress($0, total) }
        calibration = try CopyCalibration(
            isHeldOut ? .heldOut : .training, of: CopySearch(self), by: isHeldOut ? heldOut : images
        ) { progress(count + $0, total) }
    }

    /// Makes the index without a threshold, for a search that has one of its own.
    /// - Parameter progress: images that are done.
    /// - Throws: `CopyError` where there are none or too many, or none has any detail; what reading an image throws.
    public init(_ origin: Origin, of images: IndexedImages, progress: (_ done: Int) -> Void = { _ in }) throws {
        let count = images.count
        guard (1...Self.mostImages).contains(count) else {
            throw CopyError("index", expected: "1 to \(Self.mostImages) images", got: "\(count)")
        }
        var entries: [Entry] = []
        for place in 0..<count {
            let given = try images[place]
            // A picture of one level has no ranks; nothing is like it.
            let small = try given.picture.thumbnail(side: GreyLevels.side)
            let levels = GreyLevels(small.samples) ?? GreyLevels(bytes: [UInt8](repeating: 0, count: GreyLevels.count))
            entries.append(
                Entry(
                    levels: levels, hash: Array(given.picture.digest.bytes.prefix(16)),
                    group: Self.group(given.group, of: origin)))
            progress(place + 1)
        }
        let telling = DetailDirections.spread(entries, most: DetailDirections.mostImages).compactMap {
            Fingerprint.softDetail($0.levels)
        }
        guard !telling.isEmpty else {
            throw CopyError("index", expected: "at least one image that shows something", got: "images of one level")
        }
        let directions = DetailDirections(of: telling)
        let nothing = [SIMD16<Float>](repeating: .zero, count: Fingerprint.lanes)
        self.init(
            origin: origin, entries: entries, directions: directions,
            features: entries.map {
                Self.rounded(directions.features(Fingerprint.softDetail($0.levels) ?? nothing))
            }, calibration: nil)
    }

    /// Features as the file keeps them: whole numbers of 2^-14.
    static func rounded(_ features: [SIMD16<Float>]) -> [SIMD16<Float>] {
        features.map { ($0 * 16384).rounded(.toNearestOrEven) / 16384 }
    }
}
