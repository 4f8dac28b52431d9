import Dispatch
import Images
import JSON
import Locking

/// What a set holds: how many images, of which sizes, labels and groups, and what cannot be read.
public struct DatasetInspection: Sendable {
    /// The form of a stored picture.
    public struct Form: Hashable, Sendable {
        let width: Int
        let height: Int
        let channels: Int
        let bitDepth: Int

        var text: String {
            let colours = ["grey", "grey with opacity", "RGB", "RGB with opacity"][channels - 1]
            return "\(width)x\(height) \(colours), \(bitDepth) bits"
        }
    }

    public let settings: DatasetSettings
    public let count: Int
    public let attributes: [DatasetAttribute]
    /// Images of each value of each attribute.
    public let labelCounts: [[Int]]
    /// Classes that `phantom train` refuses: of too few images among those that can be read.
    public let refusedClasses: [RefusedClass]
    /// Images without a value of each attribute.
    public let unlabelled: [Int]
    /// Images of each group.
    public let groups: [String: Int]
    /// Images that the set itself gives to each part; empty where it says nothing.
    public let parts: [DatasetPart: Int]
    /// Images that a training would hold out for validation.
    public let heldOut: Int
    public let forms: [Form: Int]
    /// Images whose pixels were looked at.
    public let read: Int
    /// Images of one level alone.
    public let constant: Int
    public let faults: [String]
    public let leaks: LeakCheck
    /// Names of the images of pairs that leak, the first of them.
    let leakNames: [Int: String]
    public let notes: [String]

    /// Images that are read at most, and pixels; of larger sets evenly spaced ones are looked at.
    public static let mostImages = 10_000
    /// Pairs that leak which are named.
    static let mostPairs = 10
    static let mostPixels = 1 << 31

    public init(_ dataset: any Dataset, _ settings: DatasetSettings) {
        (self.settings, count, attributes) = (settings, dataset.count, dataset.attributes)
        notes = dataset.notes
        labelCounts = PreparedLabels.counts(dataset, among: Array(0..<dataset.count))
        var unlabelled = dataset.attributes.map { _ in 0 }
        var groups: [String: Int] = [:], parts: [DatasetPart: Int] = [:]
        for index in 0..<dataset.count {
            for (attribute, values) in dataset.labels(index).values.enumerated() where values.isEmpty {
                unlabelled[attribute] += 1
            }
            groups[dataset.group(index), default: 0] += 1
            if let part = dataset.part(index) { parts[part, default: 0] += 1 }
        }
        (self.unlabelled, self.groups, self.parts) = (unlabelled, groups, parts)
        let readings = Self.readings(dataset)
        (forms, read, constant) = (readings.forms, readings.read, readings.constant)
        faults = readings.faults.sorted { $0.key < $1.key }.map(\.value)
        let readable = (0..<dataset.count).filter { readings.faults[$0] == nil }
        refusedClasses = zip(dataset.attributes, PreparedLabels.counts(dataset, among: readable)).flatMap {
            RefusedClass.all(of: $0, counts: $1, settings)
        }
        let held = GroupSplit(validation: settings.validation).heldOut(of: dataset)
        heldOut = held.count
        leaks = LeakCheck(
            dataset, thumbnails: readings.thumbnails.sorted { $0.index < $1.index }, heldOut: held)
        var names: [Int: String] = [:]
        for pairs in [leaks.same, leaks.near] {
            let pairs = Self.shown(pairs)
            for index in pairs.flatMap({ [$0.first, $0.second] }) { names[index] = dataset.name(index) }
        }
        leakNames = names
    }

    /// The pairs that are named: those across the split, where there are such.
    static func shown(_ pairs: [LeakCheck.Pair]) -> ArraySlice<LeakCheck.Pair> {
        let crossing = pairs.filter(\.crossesSplit)
        return (crossing.isEmpty ? pairs : crossing).prefix(mostPairs)
    }

    private struct Readings: Sendable {
        var forms: [Form: Int] = [:]
        var pixels = 0
        var read = 0
        var faults: [Int: String] = [:]
        var thumbnails: [(index: Int, thumbnail: Thumbnail)] = []
        var constant = 0
    }

    private static func readings(_ dataset: any Dataset) -> Readings {
        let step = max(1, (dataset.count + mostImages - 1) / mostImages)
        let indices = Array(stride(from: 0, to: dataset.count, by: step))
        let readings = Lock(Readings())
        DispatchQueue.concurrentPerform(iterations: indices.count) { place in
            guard readings.withLock({ $0.pixels <= mostPixels }) else { return }
            let outcome = Result { try dataset.pixels(indices[place]) }
            let thumbnail = (try? outcome.get()).flatMap { Thumbnail($0) }
            readings.withLock { readings in
                readings.read += 1
                switch outcome {
                case .success(let picture):
                    let form = Form(
                        width: picture.width, height: picture.height, channels: picture.channels,
                        bitDepth: picture.bitDepth)
                    readings.forms[form, default: 0] += 1
                    readings.pixels += picture.width * picture.height
                    if let thumbnail { readings.thumbnails.append((indices[place], thumbnail)) }
                    if thumbnail == nil { readings.constant += 1 }
                case .failure(let error): readings.faults[indices[place]] = "\(error)"
                }
            }
        }
        return readings.withLock { $0 }
    }
}
