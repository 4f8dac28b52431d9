import Checkpoints

/// Features of a set while they are made: in memory, or in the files that the cache has of them.
struct MadeFeatures {
    private let staysInFiles: Bool
    private var features: [Float] = [], logits: [Float] = []
    private var files: [SafetensorsFile] = []

    init(staysInFiles: Bool) { self.staysInFiles = staysInFiles }

    /// - Parameter path: of the cache's file with these very rows, where there is a cache.
    /// - Throws: `CheckpointError` for a file that cannot be read.
    mutating func append(_ rows: [FeatureRow], in path: String?) throws(CheckpointError) {
        if staysInFiles, let path {
            files.append(try SafetensorsFile(path: path))
            return
        }
        for row in rows {
            features += row.features
            logits += row.logits
        }
    }

    /// - Throws: `EvaluationError` for values that are not finite.
    func features(of extractor: any FeatureExtractor, groups: [String]?) throws(EvaluationError) -> SetFeatures {
        func table(_ tensor: String, _ dimension: Int, _ values: [Float]) throws(EvaluationError) -> FeatureTable {
            files.isEmpty
                ? try FeatureTable(extractor: extractor.name, dimension: dimension, values: values, groups: groups)
                : try FeatureTable(extractor: extractor.name, FeatureFiles(files, tensor: tensor), groups: groups)
        }
        return SetFeatures(
            table: try table("features", extractor.dimension, features),
            logits: extractor.logits > 0 ? try table("logits", extractor.logits, logits) : nil)
    }
}
