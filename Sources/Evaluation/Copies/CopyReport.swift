import Copies
import Datasets
import Images

/// What was found of a set of images among the training images of a model.
public struct CopyReport: Sendable {
    /// An image and the one of training that it is nearest to.
    public struct Pair: Sendable {
        /// Name of the image.
        public let name: String
        public let picture: PixelImage
        public let match: CopyMatch
    }

    /// Images that were searched, and those of them that are copies.
    public private(set) var count = 0
    public private(set) var flagged = 0
    /// Scores, in the order of the images; nil for an image of one level.
    public private(set) var scores: [Float?] = []
    /// The ten nearest pairs, nearest first.
    public private(set) var nearest: [Pair] = []
    /// Whose images were copied, as groups of the index.
    private var groups: Set<UInt64> = []
    public let calibration: CopyCalibration

    /// Pairs that are kept.
    public static let pairs = 10

    public init(_ calibration: CopyCalibration) { self.calibration = calibration }

    /// The share of images that are copies; nil before there is any image.
    public var share: Double? { count > 0 ? Double(flagged) / Double(count) : nil }

    /// Its 95 % interval (Wilson's).
    public var interval: ClosedRange<Double>? { CopyCalibration.interval(of: flagged, in: count) }

    /// Training patients (or subjects, or slides) of whom an image was copied.
    public var patients: Int { groups.count }

    /// Searches one image.
    /// - Throws: `ImageError`.
    @discardableResult
    public mutating func add(_ picture: PixelImage, name: String, to search: some CopyMatching) throws -> CopyMatch? {
        let match = try search.match(picture)
        add(match, of: picture, name: name, in: search.index)
        return match
    }

    /// Adds what a search has found of an image.
    mutating func add(_ match: CopyMatch?, of picture: PixelImage, name: String, in index: CopyIndex) {
        count += 1
        scores.append(match?.score)
        guard let match else { return }
        if match.score > calibration.threshold {
            flagged += 1
            groups.insert(index.group(of: match.image))
        }
        if nearest.count < Self.pairs || match.score > nearest[nearest.count - 1].match.score {
            let place = nearest.firstIndex { $0.match.score < match.score } ?? nearest.count
            nearest.insert(Pair(name: name, picture: picture, match: match), at: place)
            if nearest.count > Self.pairs { nearest.removeLast() }
        }
    }

    /// The nearest pairs side by side, each 96 pixels high: the image, and the training image as the index has it.
    /// - Parameter training: gives the training image of a place in the index where the set is at hand; nil shows the
    ///   thumbnail.
    /// - Throws: `ImageError`.
    public func picture(_ index: CopyIndex, training: ((Int) throws -> PixelImage)?) throws -> PixelImage? {
        guard !nearest.isEmpty else { return nil }
        let (side, gap) = (96, 4)
        let width = 5 * (2 * side + 3 * gap), height = (nearest.count + 4) / 5 * (side + gap) + gap
        var samples = [UInt16](repeating: 255, count: width * height * 3)
        for (number, pair) in nearest.enumerated() {
            let other = try training?(pair.match.image) ?? index.thumbnail(pair.match.image)
            for (place, shown) in [pair.picture, other].enumerated() {
                let small = try shown.droppingAlpha().inColour().resized(height: side, width: side, filter: .bilinear)
                let left = number % 5 * (2 * side + 3 * gap) + gap + place * (side + gap / 2)
                let top = number / 5 * (side + gap) + gap
                for row in 0..<side {
                    for value in 0..<3 * side {
                        let sample = small.samples[row * side * 3 + value]
                        samples[((top + row) * width + left) * 3 + value] = small.bitDepth == 8 ? sample : sample >> 8
                    }
                }
            }
        }
        return try PixelImage(width: width, height: height, channels: 3, bitDepth: 8, samples: samples)
    }
}
