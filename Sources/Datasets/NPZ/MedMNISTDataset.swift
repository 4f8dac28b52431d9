import Images

/// One file of MedMNIST: `train_images`, `train_labels` and so on, of pictures of any size.
struct MedMNISTDataset: LabelledDataset {
    private let path: String
    private let parts: [Part]
    let table: LabelTable
    private let usesSplit: Bool
    let fingerprint: String?
    let notes: [String]

    /// The images of one part.
    private struct Part: Sendable {
        let name: String
        let part: DatasetPart
        let images: UnpackedArray
        /// The number of its first image in the set.
        let start: Int
        var count: Int { images.header.shape[0] }
        var height: Int { images.header.shape[1] }
        var width: Int { images.header.shape[2] }
        var channels: Int { images.header.shape.count == 4 ? 3 : 1 }
    }

    private static let partNames: [(String, DatasetPart)] = [
        ("train", .training), ("val", .validation), ("test", .test),
    ]

    var count: Int { parts.reduce(0) { $0 + $1.count } }
    func group(_ index: Int) -> String { name(index) }
    func part(_ index: Int) -> DatasetPart? { usesSplit ? place(index).0.part : nil }

    func name(_ index: Int) -> String {
        let (part, place) = place(index)
        return "\(path): \(part.name)_images[\(place)]"
    }

    func pixels(_ index: Int) throws -> PixelImage {
        let (part, place) = place(index)
        let size = part.height * part.width * part.channels
        let bytes = try part.images.bytes(at: place * size, size)
        return try PixelImage(
            width: part.width, height: part.height, channels: part.channels, bitDepth: 8,
            samples: bytes.map(UInt16.init))
    }

    private func place(_ index: Int) -> (Part, Int) {
        let part = parts.last { $0.start <= index && $0.count > 0 } ?? parts[0]
        return (part, index - part.start)
    }

    /// - Throws: `DatasetError` for an archive without these arrays, or arrays that do not fit together.
    init(_ settings: DatasetSettings) throws(DatasetError) {
        let path = settings.path
        let archive = try ZipReader(path: path)
        let entries = try archive.entries()
        func array(_ name: String) throws(DatasetError) -> UnpackedArray? {
            guard let entry = entries.first(where: { $0.name == name + ".npy" }) else { return nil }
            return try UnpackedArray(path: path, entry: entry, archive: archive)
        }
        var parts: [Part] = []
        var labels: [[Int]] = []
        for (name, part) in Self.partNames {
            guard let images = try array("\(name)_images") else { continue }
            try Self.check(images, path: path, item: "\(name)_images", like: parts.first?.images)
            parts.append(Part(name: name, part: part, images: images, start: labels.count))
            guard let column = try array("\(name)_labels") else {
                throw DatasetError(path: path, expected: "\(name)_labels beside \(name)_images", got: "none")
            }
            labels += try Self.labels(column, count: images.header.shape[0], path: path, item: "\(name)_labels")
        }
        guard !parts.isEmpty, !labels.isEmpty else {
            throw DatasetError(
                path: path, expected: "train_images, val_images or test_images",
                got: entries.prefix(8).map(\.name).joined(separator: ", "))
        }
        (self.path, self.parts, usesSplit) = (path, parts, settings.usesSplit)
        let names = MedMNISTNames(path: path)
        let isAsked = try !settings.attributeNames(among: ["class"], standard: ["class"]).isEmpty
        table = try LabelTable(isAsked ? [try names.column(labels, path: path)] : [])
        fingerprint = "medmnist \(DatasetFiles.status(path)?.fingerprint ?? "")"
        notes = ["patients are not published: each image is a group of its own"] + names.notes
    }

    private static func check(_ images: UnpackedArray, path: String, item: String, like first: UnpackedArray?)
        throws(DatasetError)
    {
        let shape = images.header.shape
        guard images.header.element == .uint8 else {
            throw DatasetError(
                path: path, item: item, expected: "bytes (|u1)", got: images.header.element.rawValue)
        }
        // Grey pictures have no axis of channels. Volumes have the same number of axes as coloured pictures.
        guard shape.count == 3 || shape.count == 4 && shape[3] == 3 else {
            throw DatasetError(
                path: path, item: item, expected: "pictures [N, H, W] or [N, H, W, 3]",
                got: "\(shape)\(shape.count >= 4 ? ": volumes are not read" : "")")
        }
        guard shape[0] <= 1 << 31, (1...8192).contains(shape[1]), (1...8192).contains(shape[2]) else {
            throw DatasetError(path: path, item: item, expected: "sides of 1 ... 8192 pixels", got: "\(shape)")
        }
        guard first == nil || first?.header.shape.dropFirst() == shape.dropFirst() else {
            throw DatasetError(
                path: path, item: item, expected: "pictures as those before, \(first?.header.shape.dropFirst() ?? [])",
                got: "\(shape.dropFirst())")
        }
    }

    /// Labels `[N, 1]` are class numbers; `[N, K]` say of each of K classes whether it is there.
    private static func labels(_ array: UnpackedArray, count: Int, path: String, item: String) throws(DatasetError)
        -> [[Int]]
    {
        let shape = array.header.shape
        let width = shape.count == 2 ? shape[1] : 1
        guard shape.count == 1 || shape.count == 2, shape[0] == count, (1...1000).contains(width) else {
            throw DatasetError(
                path: path, item: item, expected: "[\(count), K] labels for as many images", got: "\(shape)")
        }
        let numbers = try array.integers(item: item)
        return (0..<count).map { row in
            width == 1 ? [numbers[row]] : (0..<width).filter { numbers[row * width + $0] != 0 }
        }
    }
}
