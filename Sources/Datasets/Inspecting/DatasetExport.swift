import Bytes
import Images

/// A set written as a folder that the kind `folder` reads: PNG files and `labels.csv`.
public struct DatasetExport: Sendable {
    public let written: Int
    public let skipped: [SkippedImage]

    /// - Parameters:
    ///   - folder: new or empty.
    ///   - shape: that of a network; nil keeps the pixels as they are stored.
    ///   - most: images at most, evenly spaced; nil takes all.
    /// - Throws: `DatasetError` for a folder with something in it, an image that cannot be read unless such are
    ///   skipped, or a full disk.
    public init(
        _ dataset: any Dataset, _ settings: DatasetSettings, to folder: String, shape: PixelShape?, most: Int? = nil
    ) throws {
        try DatasetFiles.makeFolders(folder)
        guard try DatasetFiles.names(in: folder).isEmpty else {
            throw DatasetError(path: folder, expected: "a new or empty folder", got: "one with files in it")
        }
        try shape?.check()
        let transform = shape.map {
            PixelTransform(shape: $0, filter: settings.filter, fit: settings.fit, colour: settings.colour)
        }
        let count = min(most ?? dataset.count, dataset.count)
        let indices = (0..<max(0, count)).map { $0 * dataset.count / count }
        let held = GroupSplit(validation: settings.validation).heldOut(of: dataset)
        var table = Self.row(["filename"] + dataset.attributes.map(\.name) + ["group", "split", "source"])
        var skipped: [SkippedImage] = []
        for index in indices {
            let picture: PixelImage
            do {
                let stored = try dataset.pixels(index)
                picture = try transform?.apply(stored, name: dataset.name(index)) ?? stored
            } catch let error as DatasetError where settings.onError == .skip {
                skipped.append(SkippedImage(index: index, reason: "\(error)"))
                continue
            }
            // What cannot be written ends the export, whatever becomes of what cannot be read.
            let digits = "\(index)"
            let file = String(repeating: "0", count: max(0, 7 - digits.count)) + digits + ".png"
            var png = try GrowingFile(path: "\(folder)/\(file)")
            try png.append(try PNGEncoder.encode(picture).bytes)
            try png.finish()
            table += Self.row([file] + Self.fields(dataset, index, isHeldOut: held.contains(index)))
        }
        var file = try GrowingFile(path: "\(folder)/labels.csv")
        try file.append(Array(table.utf8))
        try file.finish()
        (written, self.skipped) = (indices.count - skipped.count, skipped)
    }

    private static func fields(_ dataset: any Dataset, _ index: Int, isHeldOut: Bool) -> [String] {
        let labels = zip(dataset.attributes, dataset.labels(index).values).map { attribute, values in
            values.map { attribute.values[$0] }.joined(separator: "|")
        }
        let part = dataset.part(index) == .test ? "test" : isHeldOut ? "val" : "train"
        return labels + [dataset.group(index), part, dataset.name(index)]
    }

    private static func row(_ fields: [String]) -> String {
        fields.map(CSVField.text).joined(separator: ",") + "\r\n"
    }
}
