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

    /// Opens a folder, whose images are all taken, or a file: a `train.json`, or its object `dataset` alone. Of a data
    /// set that holds images out, `real` is what is held out and `train` the rest; of one that does not (validation 0
    /// and no split of its own) all are taken.
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
        let dataset = try settings.open()
        let all = Array(0..<dataset.count)
        var indices = all, note: String?
        if role != .synthetic {
            let split = GroupSplit(validation: settings.validation)
            let sides = try split.sides(of: dataset, among: all, path: settings.path)
            if !sides.validation.isEmpty {
                indices = role == .real ? sides.validation : sides.training
                note = role == .real ? "the images that \(path) holds out" : "the images that \(path) trains with"
            }
        }
        self.init(path: path, settings: settings, dataset: dataset, indices: indices)
        notes = dataset.notes.map { "\(role.rawValue): \($0)" } + (note.map { ["\(role.rawValue): \($0)"] } ?? [])
        try requireTwo(role)
    }

    /// All images of a set.
    /// - Throws: `EvaluationError` where fewer than two images are there; `DatasetError`.
    init(_ settings: DatasetSettings, role: ImageSet.Role) throws {
        let dataset = try settings.open()
        self.init(path: settings.path, settings: settings, dataset: dataset, indices: Array(0..<dataset.count))
        notes = dataset.notes.map { "\(role.rawValue): \($0)" }
        try requireTwo(role)
    }

    private func requireTwo(_ role: ImageSet.Role) throws(EvaluationError) {
        guard indices.count >= 2 else {
            throw EvaluationError(
                "--\(role.rawValue) \(path)", expected: "at least 2 images", got: "\(indices.count)")
        }
    }

    /// Height, width and channels of the first image: colours where a pixel has one.
    func firstShape() throws -> PixelShape {
        let picture = try dataset.pixels(indices[0])
        let channels = picture.channels < 3 || picture.inGrey() != nil ? 1 : 3
        return PixelShape(height: picture.height, width: picture.width, channels: channels)
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
