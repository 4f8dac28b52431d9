import Bytes
import Checkpoints
import Datasets

/// Features that were made before, in a folder: one safetensors file for every so many images, named by a digest of the
/// extractor and of the images' pixels, so that a run that was broken off goes on where it was.
public struct FeatureCache: Sendable {
    /// The folder, made where it is missing; nil keeps nothing.
    public let folder: String?
    /// Images of a file: 512, or fewer of large ones, whose pixels are in memory together.
    static func imagesPerFile(_ shape: PixelShape) -> Int { max(1, min(512, (1 << 25) / shape.count)) }

    public init(folder: String?) { self.folder = folder }

    /// Where the rows of these images lie, or would lie.
    func path(of images: [Digest], by extractor: any FeatureExtractor) -> String? {
        guard let folder else { return nil }
        var key = Digest.Accumulator()
        key.append(Array("phantom features 1\n\(extractor.identity)\n".utf8))
        for image in images { key.append(image.bytes) }
        return "\(folder)/\(extractor.name)-\(key.digest.hexadecimal.prefix(24)).safetensors"
    }

    /// The rows in a file; nil where there is none, or it is damaged or of other images.
    func rows(at path: String, count: Int, by extractor: any FeatureExtractor) -> [FeatureRow]? {
        guard isFolder(path) == false, let file = try? SafetensorsFile(path: path),
            file.entry("features")?.shape == [count, extractor.dimension],
            let features = try? file.floats("features"), features.allSatisfy(\.isFinite)
        else { return nil }
        var logits: [Float] = []
        if extractor.logits > 0 {
            guard file.entry("logits")?.shape == [count, extractor.logits], let found = try? file.floats("logits"),
                found.allSatisfy(\.isFinite)
            else { return nil }
            logits = found
        }
        return (0..<count).map { index in
            FeatureRow(
                features: Array(features[index * extractor.dimension..<(index + 1) * extractor.dimension]),
                logits: Array(logits.isEmpty ? [] : logits[index * extractor.logits..<(index + 1) * extractor.logits]))
        }
    }

    /// Keeps the rows. A folder that cannot be written to is an error: what was computed would be lost.
    func keep(_ rows: [FeatureRow], at path: String) throws {
        guard let first = rows.first else { return }
        var tensors: [String: SafetensorsWriter.Tensor] = [
            "features": .init(shape: [rows.count, first.features.count], floats: rows.flatMap(\.features))
        ]
        if !first.logits.isEmpty {
            tensors["logits"] = .init(shape: [rows.count, first.logits.count], floats: rows.flatMap(\.logits))
        }
        try SafetensorsWriter().write(tensors, to: path)
    }
}
