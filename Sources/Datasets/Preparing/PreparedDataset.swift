import Bytes
import Images

/// Images of a set as a network takes them, all of one shape, in a file that is mapped and not read in: one side of a
/// split.
public struct PreparedDataset: Sendable {
    public let height: Int
    public let width: Int
    /// 1 grey, 3 colours.
    public let channels: Int
    public let attributes: [DatasetAttribute]
    /// Images of the whole set that could not be read, and why.
    public let skipped: [SkippedImage]
    /// SHA-256 of all pixels, labels and groups of the whole set, of both sides, in hexadecimal digits.
    public let digest: String
    private let dataset: any Dataset
    private let labelling: PreparedLabels
    private let cache: PixelCache
    /// The place of each image in the cache.
    private let places: [Int]

    init(_ source: PreparedSource, places: [Int]) {
        let shape = source.cache.header.shape
        (height, width, channels) = (shape.height, shape.width, shape.channels)
        (dataset, labelling, cache) = (source.dataset, source.labelling, source.cache)
        attributes = source.labelling.attributes
        (skipped, digest) = (source.cache.header.skipped, source.digest)
        self.places = places
    }

    /// Images of this side.
    public var count: Int { places.count }

    private func original(_ index: Int) -> Int { cache.header.images[places[index]] }

    /// Per attribute the indices of the image's values; none where it is unlabelled.
    public func labels(_ index: Int) -> DatasetLabels { labelling.labels(dataset.labels(original(index))) }

    /// The patient, subject or slide.
    public func group(_ index: Int) -> String { dataset.group(original(index)) }

    /// File and place in it, for messages.
    public func name(_ index: Int) -> String { dataset.name(original(index)) }

    /// The image's samples, `[channels, height, width]`, black -1 and white 1.
    public func values(_ index: Int) -> [Float] { cache.values(places[index]) }

    /// The image as a picture: the very pixels that `values` gives.
    public func picture(_ index: Int) throws(ImageError) -> PixelImage {
        let planes = cache.samples(places[index])
        let area = height * width
        var samples = [UInt16](repeating: 0, count: planes.count)
        for channel in 0..<channels {
            for pixel in 0..<area { samples[pixel * channels + channel] = planes[channel * area + pixel] }
        }
        return try PixelImage(
            width: width, height: height, channels: channels, bitDepth: cache.header.bitDepth, samples: samples)
    }
}

/// What both sides of a split share.
struct PreparedSource {
    let dataset: any Dataset
    let labelling: PreparedLabels
    let cache: PixelCache
    let digest: String

    init(dataset: any Dataset, labelling: PreparedLabels, cache: PixelCache) {
        (self.dataset, self.labelling, self.cache) = (dataset, labelling, cache)
        var accumulator = Digest.Accumulator()
        accumulator.append(Array("\(cache.header.digest)\n".utf8))
        for attribute in labelling.attributes {
            accumulator.append(Array("\(attribute.name)\n\(attribute.values.joined(separator: "\n"))\n".utf8))
        }
        for image in cache.header.images {
            let labels = labelling.labels(dataset.labels(image))
            accumulator.append(Array("\(labels.values) \(dataset.group(image))\n".utf8))
        }
        digest = accumulator.digest.hexadecimal
    }
}
