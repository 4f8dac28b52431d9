import Checkpoints
import Datasets
import Images
import JSON

/// Images of a folder, or of a data set that a file describes, before they are brought into one shape.
public struct ImageSource: Sendable {
    public let path: String
    let settings: DatasetSettings
    let dataset: any Dataset
    let indices: [Int]
    /// What was assumed, a sentence each.
    public internal(set) var notes: [String] = []

    init(path: String, settings: DatasetSettings, dataset: any Dataset, indices: [Int]) {
        (self.path, self.settings, self.dataset, self.indices) = (path, settings, dataset, indices)
    }

    /// Opens a folder, whose images are all taken, or a file: a `train.json`, or its object `dataset` alone, of whose
    /// images a role has its side. Images that cannot be read are left out where the data set says so.
    /// - Throws: `EvaluationError` where fewer than two images are there; `DatasetError`, `JSONMismatch`.
    public init(path: String, role: ImageSet.Role) throws {
        guard let isFolder = isFolder(path) else {
            throw EvaluationError(
                "--\(role.rawValue) \(path)", expected: "a folder of pictures, or a file that describes a data set",
                got: "nothing of this name")
        }
        guard !isFolder else {
            try self.init(DatasetSettings(kind: .folder, path: path), role: role)
            return
        }
        let settings = try DatasetSettings(json: JSONCursor(DatasetSettings.configuration(path: path)))
        try self.init(path: path, describing: settings, role: role)
    }

    /// The side of a data set that a role has, with the labels that are trained with.
    /// - Parameter path: where the set is described, for messages.
    /// - Throws: `EvaluationError` where fewer than two images are there; `DatasetError`.
    init(path: String, describing settings: DatasetSettings, role: ImageSet.Role) throws {
        let dataset = try settings.openAsTrained(), (readable, faults) = settings.readable(dataset)
        let side = try Self.side(of: dataset, among: readable, settings, for: role)
        self.init(path: path, settings: settings, dataset: dataset, indices: side.indices)
        notes = (dataset.notes + Self.notes(faults)).map { "\(role.rawValue): \($0)" }
        if let what = side.what { notes.append("\(role.rawValue): the images that \(path) \(what)") }
        try requireTwo(role)
    }

    /// The images of a data set that have a role: as `real` those that it holds out from training, or else those that
    /// it marks for testing; as `train` what it trains with. All, where it does neither (validation 0 and no split of
    /// its own), and as `synthetic`.
    /// - Returns: the images, and what the set does with them where they are not all.
    private static func side(
        of dataset: any Dataset, among all: [Int], _ settings: DatasetSettings, for role: ImageSet.Role
    ) throws(DatasetError) -> (indices: [Int], what: String?) {
        guard role != .synthetic else { return (all, nil) }
        let split = GroupSplit(validation: settings.validation)
        let sides = try split.sides(of: dataset, among: all, path: settings.path)
        let marked = all.filter { dataset.part($0) == .test }
        guard !sides.validation.isEmpty || !marked.isEmpty else { return (all, nil) }
        guard role == .real else { return (sides.training, "trains with") }
        return sides.validation.isEmpty ? (marked, "marks for testing") : (sides.validation, "holds out")
    }

    /// All images of a set.
    /// - Throws: `EvaluationError` where fewer than two images are there; `DatasetError`.
    init(_ settings: DatasetSettings, role: ImageSet.Role) throws {
        let dataset = try settings.open()
        let (all, faults) = settings.readable(dataset)
        self.init(path: settings.path, settings: settings, dataset: dataset, indices: all)
        notes = (dataset.notes + Self.notes(faults)).map { "\(role.rawValue): \($0)" }
        try requireTwo(role)
    }

    private static func notes(_ faults: [String]) -> [String] {
        faults.first.map { ["\(faults.count) images that cannot be read were left out, the first: \($0)"] } ?? []
    }

    private func requireTwo(_ role: ImageSet.Role) throws(EvaluationError) {
        guard indices.count >= 2 else {
            throw EvaluationError(
                "--\(role.rawValue) \(path)", expected: "at least 2 images", got: "\(indices.count)")
        }
    }

    /// Height, width and channels of the first image: colours where a pixel has one.
    func firstShape() throws -> PixelShape {
        try settings.first(of: dataset, among: indices) { _, picture in
            PixelShape(height: picture.height, width: picture.width, channels: picture.seenChannels)
        }
    }

    /// All images in the shape of the first.
    /// - Throws: `EvaluationError` naming the first image of another size.
    func requireOneSize(_ shape: PixelShape, role: ImageSet.Role) throws {
        for index in indices {
            let picture = try dataset.pixels(index)
            guard picture.width == shape.width, picture.height == shape.height else {
                throw EvaluationError(
                    dataset.name(index),
                    expected: "\(shape.width)x\(shape.height) pixels, as the first of the \(role.rawValue) images",
                    got: "\(picture.width)x\(picture.height)")
            }
        }
    }
}
