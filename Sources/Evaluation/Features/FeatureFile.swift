import Checkpoints

/// Features that another program made: a safetensors file with `features` [count, dimension] and, where a classifier
/// was asked, `logits` [count, classes].
public struct FeatureFile: Sendable {
    public let path: String
    public let features: SetFeatures

    /// - Throws: `CheckpointError` for a file that cannot be read, `EvaluationError` for tensors of another shape or
    ///   values that are not finite.
    public init(path: String) throws { try self.init(path: path, mostInMemory: FeatureTable.mostInMemory) }

    /// - Parameter mostInMemory: bytes of a tensor up to which its values are held in memory.
    init(path: String, mostInMemory: Int) throws {
        self.path = path
        let file = try SafetensorsFile(path: path)
        let name = file.metadata["extractor"] ?? "given"
        guard file.entry("features") != nil else {
            let names = file.tensors.map(\.name).sorted().prefix(5).joined(separator: ", ")
            throw EvaluationError(path, expected: "a tensor \"features\" [count, dimension]", got: "only \(names)")
        }
        let table = try Self.table(file, "features", extractor: name, mostInMemory: mostInMemory)
        let logits = try file.entry("logits").map { _ in
            try Self.table(file, "logits", extractor: name, mostInMemory: mostInMemory)
        }
        if let logits, logits.count != table.count {
            throw EvaluationError(
                "\(path): logits", expected: "\(table.count) rows, as of features", got: "\(logits.count)")
        }
        features = SetFeatures(table: table, logits: logits)
    }

    private static func table(
        _ file: SafetensorsFile, _ tensor: String, extractor: String, mostInMemory: Int
    ) throws -> FeatureTable {
        let shape = file.entry(tensor)?.shape ?? []
        guard shape.count == 2, shape[0] >= 2, shape[1] >= 1 else {
            throw EvaluationError(
                "\(file.path): \(tensor)", expected: "shape [count, dimension] of at least 2 rows", got: "\(shape)")
        }
        let files = FeatureFiles([file], tensor: tensor)
        for start in stride(from: 0, to: shape[0], by: blockRows) {
            let values = try files.rows(start..<min(start + blockRows, shape[0]))
            guard let place = values.firstIndex(where: { !$0.isFinite }) else { continue }
            throw EvaluationError(
                "\(file.path): \(tensor), row \(start + place / shape[1]), value \(place % shape[1])",
                expected: "a finite number", got: "\(values[place])")
        }
        if shape[0] * shape[1] * MemoryLayout<Float>.size > mostInMemory {
            return try FeatureTable(extractor: extractor, files)
        }
        return try FeatureTable(extractor: extractor, dimension: shape[1], values: files.rows(0..<shape[0]))
    }

    /// Rows that are read together to be looked at.
    private static let blockRows = 512
}
