import Bytes
import Images

/// Images with their classes: what a classifier of the downstream experiment is trained on or tested with.
struct ClassifiedImages: Sendable {
    /// Of each image: its class, and its patient, subject or slide.
    private(set) var labels: [Int] = [], groups: [String] = []
    /// Samples of each image, [channels, height, width].
    private(set) var pixels: [[UInt8]] = []
    /// The features of the whole set, and the row of each image: they are not held twice.
    private let table: FeatureTable
    private var rows: [Int] = []
    /// Images of the set that show no class, or several.
    private(set) var passedOver = 0
    /// Images that show a class and are too many.
    private(set) var leftOut = 0
    let size: (height: Int, width: Int)
    let channels: Int

    var count: Int { labels.count }

    /// Images of a set that are taken at most, as pixels in memory; more are thinned.
    static let most = 20_000
    /// Pixels of a side that the network sees at most.
    private static let side = 64

    /// - Parameters:
    ///   - table: the features of the images, in the order of the set.
    ///   - most: images that are taken at most, but for one of each class.
    ///   - isTaken: of the place of an image in the set, whether it is looked at.
    /// - Throws: what reading an image throws.
    init(
        _ set: ImageSet, _ table: FeatureTable, task: ClassificationTask, most: Int = Self.most,
        isTaken: (Int) -> Bool = { _ in true }
    ) throws {
        size = (Self.side(of: set.shape.height), Self.side(of: set.shape.width))
        channels = set.shape.channels
        self.table = table
        let looked = (0..<set.count).filter(isTaken)
        let shown = looked.compactMap { index in task.label(of: index, in: set).map { (index: index, label: $0) } }
        let places = ClassThinning.places(shown.map(\.label), most: most)
        (passedOver, leftOut) = (looked.count - shown.count, shown.count - places.count)
        for (index, label) in places.map({ shown[$0] }) {
            labels.append(label)
            groups.append(set.group(index))
            pixels.append(Self.planes(try Self.picture(index, of: set, size: size)))
            rows.append(index)
        }
    }

    private static func picture(_ index: Int, of set: ImageSet, size: (height: Int, width: Int)) throws -> PixelImage {
        let picture = try set.picture(index)
        guard (picture.height, picture.width) != size else { return picture }
        return try picture.resized(height: size.height, width: size.width, filter: .bilinear)
    }

    /// At most 64 pixels, a multiple of 8.
    private static func side(of pixels: Int) -> Int { max(8, min(side, pixels) / 8 * 8) }

    private static func planes(_ picture: PixelImage) -> [UInt8] {
        let area = picture.width * picture.height
        return (0..<picture.channels).flatMap { channel in
            (0..<area).map { UInt8(truncatingIfNeeded: picture.samples[$0 * picture.channels + channel]) }
        }
    }

    /// The image as a network takes it, black and white at -1 and 1.
    func input(_ index: Int) -> [Float] { pixels[index].map { Float($0) * (2 / 255) - 1 } }

    /// What the extractor made of the image.
    /// - Throws: `EvaluationError` where it cannot be read.
    func features(_ index: Int) throws(EvaluationError) -> [Float] { try Array(table[rows[index]]) }

    /// What of the set is not among them, a sentence each.
    /// - Parameter name: of the images.
    func notes(_ name: String) -> [String] {
        var notes: [String] = []
        if passedOver > 0 { notes.append("downstream: \(passedOver) \(name) images show no class, or several") }
        if leftOut > 0 {
            let all = count + leftOut
            notes.append("downstream: \(count) of \(all) \(name) images are taken, of each class in proportion")
        }
        return notes
    }

    /// The images of each class.
    func places(classes: Int) -> [[Int]] {
        var places = [[Int]](repeating: [], count: classes)
        for (index, label) in labels.enumerated() { places[label].append(index) }
        return places
    }

    /// SHA-256 over the place of each image in its set, its class and its group.
    var digest: Digest {
        var content = Digest.Accumulator()
        for (row, (label, group)) in zip(rows, zip(labels, groups)) {
            content.append(Array("\(row) \(label) \(group.utf8.count) \(group)\n".utf8))
        }
        return content.digest
    }

    /// Images of each class.
    func counts(classes: Int) -> [Int] { places(classes: classes).map(\.count) }
}
