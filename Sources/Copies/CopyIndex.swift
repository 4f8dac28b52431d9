import Bytes
import Images

/// The training images of a model, small: what generated images are searched in, stored with the model as
/// `copies.phantomindex`.
///
/// It names no file and no patient. But its thumbnails are pictures of patients: who may not have the training images
/// may not have the index.
public struct CopyIndex: Sendable, Equatable {
    /// The name of the file in a model's folder.
    public static let fileName = "copies.phantomindex"

    /// What is kept of one image beside its features.
    struct Entry: Sendable, Equatable {
        let levels: GreyLevels
        /// The first 16 bytes of the pixels' digest (`PixelImage.digest`).
        let hash: [UInt8]
        /// The first 8 bytes of a digest of the set and the group's name: equal within a patient, and it says no more.
        let group: UInt64
    }

    /// Which images they are, for messages and for whoever holds the set.
    public struct Origin: Sendable, Equatable {
        /// The digest of pixels, labels and groups of the whole set, as training has it, in hexadecimal digits.
        public var dataset: String
        /// Pixels and channels of the images.
        public var width: Int, height: Int, channels: Int

        public init(dataset: String, width: Int, height: Int, channels: Int) {
            (self.dataset, self.width, self.height, self.channels) = (dataset, width, height, channels)
        }

        public var text: String { "set \(dataset.prefix(12)) (\(width)x\(height), \(channels) channel(s))" }
    }

    public let origin: Origin
    let entries: [Entry]
    let directions: DetailDirections
    /// The features of each image, in lanes of 16.
    let features: [[SIMD16<Float>]]
    /// The score from which on an image is a copy, and how often that is wrong.
    public internal(set) var calibration: CopyCalibration?

    /// Images, at least 1.
    public var count: Int { entries.count }

    /// Different groups among the images.
    public var groupCount: Int { Set(entries.map(\.group)).count }

    /// Bytes of memory: of each image its levels, its hash and its features, each an array of its own.
    var memoryBytes: Int {
        let array = 32, lane = MemoryLayout<SIMD16<Float>>.stride
        let entry = MemoryLayout<Entry>.stride + GreyLevels.count + 16 + 3 * array + MemoryLayout<Int>.stride
        let perImage = entry + DetailDirections.most / 16 * lane
        return count * perImage + (directions.axes.count + 1) * (Fingerprint.lanes * lane + array)
    }

    /// Images at most, of an index that is read or made.
    public static let mostImages = 2_000_000

    /// The group of a name in a set.
    static func group(_ name: String, of origin: Origin) -> UInt64 {
        UInt64(bigEndianBytes: Digest(of: "phantom copies group\n\(origin.dataset)\n\(name)").bytes.prefix(8))
    }
}

extension CopyIndex {
    /// The group of an image: equal for images of one patient, and nothing beyond.
    public func group(of image: Int) -> UInt64 { entries[image].group }

    /// The image as the index has it: 32x32, grey, from its darkest level to its brightest.
    /// - Throws: nothing that is not an error of this program: the samples fit.
    public func thumbnail(_ image: Int) throws(ImageError) -> PixelImage {
        let samples = entries[image].levels.bytes.map { UInt16(Int($0) * Int($0) / 255) }
        return try PixelImage(
            width: GreyLevels.side, height: GreyLevels.side, channels: 1, bitDepth: 8, samples: samples)
    }

    /// The places at which the pixels of the index and of a set differ: none where the set is the one that the index
    /// was made of.
    public func differences(from images: IndexedImages) throws -> Int {
        guard images.count == count else { return max(images.count, count) }
        var different = 0
        for place in 0..<count {
            if Array(try images[place].picture.digest.bytes.prefix(16)) != entries[place].hash { different += 1 }
        }
        return different
    }
}
