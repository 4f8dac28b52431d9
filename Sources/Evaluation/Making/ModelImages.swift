import Checkpoints
import Datasets
import FoundationEssentials
import Imaging
import JSON

/// The images that a model makes for an evaluation: the model's conditions equally often, in a folder that a run which
/// was broken off goes on with.
public struct ModelImages {
    /// Path of a model folder.
    public let model: String
    /// Images in all.
    public let count: Int
    /// Of the first image; each image has the next one's.
    public let seed: UInt64
    private let manner: Manner

    /// Images of one condition that are made, or made again, as one.
    static let together = 32

    /// How the images are computed.
    public struct Manner: Sendable {
        /// Fields of the requests: sampler, steps, guidance; what is not there is the model's own.
        public let sampling: JSONObject
        /// Nil takes every core.
        public let threads: Int?
        /// Images that are computed together.
        public let batch: Int

        public init(sampling: JSONObject, threads: Int?, batch: Int) {
            (self.sampling, self.threads, self.batch) = (sampling, threads, batch)
        }
    }

    public init(model: String, count: Int, seed: UInt64, _ manner: Manner) {
        (self.model, self.count, self.seed, self.manner) = (model, count, seed, manner)
    }

    /// Images that were made, and what the report says of how.
    public struct Made {
        public let images: ImageSource
        public let facts: JSONObject
    }

    /// Ends a run that nobody wants any more.
    private struct Ended: Error {}

    /// Makes what is missing in the folder, and opens it.
    /// - Parameters:
    ///   - isWanted: asked between evaluations of the network; false ends the run.
    ///   - progress: images that are there, and those of the whole set.
    /// - Returns: the images with the model's attributes as their labels; nil where the run was ended before.
    /// - Throws: `ModelLoadingError`; `EvaluationError` for a folder of other images; `RequestRefusal` for sampling
    ///   that the model cannot do; what computing and writing throw.
    public func make(
        into folder: String, isWanted: () -> Bool, progress: (_ done: Int, _ total: Int) -> Void
    ) throws -> Made? {
        let served: ServedModel
        do { served = try ServedModel.load(path: model) } catch {
            throw ModelLoadingError(path: model, reason: "\(error)")
        }
        let conditions = try EvaluatedCondition.all(of: served.facts, count: count)
        let facts = facts(served.facts, conditions)
        try claim(folder, facts)
        var rows: [(file: String, condition: EvaluatedCondition)] = [], done = 0
        for (place, condition) in conditions.enumerated() {
            for first in stride(from: 0, to: condition.count, by: Self.together) {
                let part = Part(
                    condition: condition, count: min(Self.together, condition.count - first),
                    seed: seed &+ UInt64(done), folder: "\(place)/\(first)")
                let files: [String]
                do { files = try make(part, below: folder, isWanted) } catch is Ended { return nil }
                rows += files.map { ("\(part.folder)/\($0)", condition) }
                done += part.count
                progress(done, count)
            }
        }
        let names = served.facts.attributes.map(\.name)
        try Self.write(Self.table(rows, attributes: names), to: "\(folder)/labels.csv")
        var settings = DatasetSettings(kind: .folder, path: folder)
        settings.attributes = names.map { AttributeSettings(name: $0) }
        return Made(images: try ImageSource(settings, role: .synthetic), facts: facts)
    }

    /// What the report says of the images.
    private func facts(_ model: ModelFacts, _ conditions: [EvaluatedCondition]) -> JSONObject {
        [
            "path": .string(self.model), "name": .string(model.name),
            "weights_sha256": .string(model.generation.weightsSHA256.hexadecimal), "images": .integer(count),
            "seed": .string(String(seed)), "sampling": .object(manner.sampling),
            "conditions": .array(conditions.map { ["condition": .object($0.json), "images": .integer($0.count)] }),
        ]
    }

    /// Some images of one condition, under consecutive seeds, in a folder of their own.
    private struct Part {
        let condition: EvaluatedCondition
        let count: Int
        let seed: UInt64
        let folder: String
    }

    /// The files of a part: those that are there if its manifest is, which is written last.
    private func make(_ part: Part, below folder: String, _ isWanted: () -> Bool) throws -> [String] {
        let path = "\(folder)/\(part.folder)"
        if isFolder("\(path)/manifest.csv") == nil {
            guard isWanted() else { throw Ended() }
            var body = manner.sampling
            body["count"] = .integer(part.count)
            body["seed"] = .string(String(part.seed))
            if !part.condition.choices.isEmpty { body["condition"] = .object(part.condition.json) }
            let generation = try OfflineGeneration(
                model: model, task: OfflineTask(generation: body), threads: manner.threads, batch: manner.batch)
            var isEnded = false
            try generation.run(into: path) { _, _ in isEnded = !isWanted() }
            if isEnded { throw Ended() }
        }
        let files = names(in: path).filter { $0.hasSuffix(".png") }
        guard files.count == part.count else {
            throw EvaluationError(path, expected: "\(part.count) images", got: "\(files.count)")
        }
        return files
    }

    /// Makes the folder, or sees that the images in it are those that are wanted.
    private func claim(_ folder: String, _ facts: JSONObject) throws {
        var kept = facts
        kept["path"] = nil  // which may be given in several ways
        let plan = "\(folder)/images.json", wanted = JSONWriter(sortedKeys: true, indent: 2).write(.object(kept))
        if let found = FileManager.default.contents(atPath: plan) {
            guard Array(found) == wanted else {
                throw EvaluationError(
                    plan, expected: "the images that are asked for (or another --output)",
                    got: "those of another model, count, seed or sampling")
            }
            return
        }
        do { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) } catch {
            throw EvaluationError(folder, expected: "a folder that can be made", got: "\(error)")
        }
        try Self.write(wanted, to: plan)
    }

    private static func write(_ bytes: [UInt8], to path: String) throws {
        var file = try AtomicFile(path: path)
        try file.write(bytes)
        try file.commit()
    }

    /// `labels.csv` (RFC 4180): the files and the value of each attribute.
    private static func table(_ rows: [(file: String, condition: EvaluatedCondition)], attributes: [String]) -> [UInt8]
    {
        func field(_ text: String) -> String {
            guard text.utf8.contains(where: { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }) else { return text }
            return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
        }
        var text = (["filename"] + attributes).map(field).joined(separator: ",") + "\r\n"
        for row in rows {
            let values = attributes.map { name in row.condition.choices.first { $0.attribute == name }?.value ?? "" }
            text += ([row.file] + values).map(field).joined(separator: ",") + "\r\n"
        }
        return Array(text.utf8)
    }
}
