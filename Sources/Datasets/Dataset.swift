import Images

/// A collection of images with what is known of each: the seam between the kinds of data sets and all that use them.
///
/// Opening one reads its tables and headers; the pixels of an image are read when they are asked for, by any thread.
public protocol Dataset: Sendable {
    var count: Int { get }
    /// Attribute names and their values, in the order in which the class table has them.
    var attributes: [DatasetAttribute] { get }
    /// Per attribute the indices of the image's values; none where it is unlabelled.
    func labels(_ index: Int) -> DatasetLabels
    /// What of the images may not be divided between training and validation: the patient, subject or slide.
    func group(_ index: Int) -> String
    /// File and place in it, for messages.
    func name(_ index: Int) -> String
    /// The pixels as stored, before any transform.
    /// - Throws: `DatasetError` naming the file.
    func pixels(_ index: Int) throws -> PixelImage
    /// The part of a split that the set itself gives the image; nil where it says nothing of it.
    func part(_ index: Int) -> DatasetPart?
    /// Says which files and settings the images come from, in a form that differs when they do; nil where nothing
    /// can be told, so that what is made of the set is not kept.
    var fingerprint: String? { get }
    /// What was passed over or assumed while opening, a sentence each.
    var notes: [String] { get }
}

extension Dataset {
    public func part(_ index: Int) -> DatasetPart? { nil }
    public var fingerprint: String? { nil }
    public var notes: [String] { [] }
}

/// A set that has a label table of its own.
protocol LabelledDataset: Dataset {
    var table: LabelTable { get }
}

extension LabelledDataset {
    var attributes: [DatasetAttribute] { table.attributes }
    func labels(_ index: Int) -> DatasetLabels { table.labels(index) }
}

/// The parts into which published data sets are divided.
public enum DatasetPart: String, CaseIterable, Sendable {
    case training
    case validation
    /// What is held back from both.
    case test

    /// Reads the words that data sets use: `train`, `dev`, `val`, `test`, `heldout` and their like, in any case.
    public init?(word: String) {
        switch word.lowercased() {
        case "train", "training", "dev", "development": self = .training
        case "val", "valid", "validation", "tune": self = .validation
        case "test", "testing", "heldout", "held-out", "held_out": self = .test
        default: return nil
        }
    }
}

/// Something that is said of images, with all that can be said.
public struct DatasetAttribute: Sendable, Equatable {
    public let name: String
    /// Each owns one row of the class table, in this order.
    public let values: [String]
    /// Whether an image may have several values at once.
    public let multiple: Bool

    public init(name: String, values: [String], multiple: Bool = false) {
        (self.name, self.values, self.multiple) = (name, values, multiple)
    }
}

/// What is said of one image: for each attribute the indices of its values, ascending; empty where nothing is said.
public struct DatasetLabels: Sendable, Equatable {
    public let values: [[Int]]

    public init(_ values: [[Int]]) { self.values = values }

    public subscript(attribute: Int) -> [Int] { values[attribute] }

    /// Whether nothing is said of the image at all.
    public var isEmpty: Bool { values.allSatisfy(\.isEmpty) }
}
