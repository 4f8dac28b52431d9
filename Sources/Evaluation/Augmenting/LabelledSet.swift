import Bytes
import Checkpoints
import Diffusion
import FoundationEssentials
import Images
import Imaging
import JSON

/// Makes a labelled set of synthetic images in a folder: PNG files in one folder a condition, `labels.csv`, which the
/// data set kind `folder` reads, and `manifest.csv` with seed and digests of each.
///
/// Which images they are follows from the plan alone: of each condition the first so many attempts that are no copies.
/// So neither the batch nor a run that was broken off and taken up changes a byte.
public struct LabelledSet {
    /// What is said of a picture: whether it is kept, and how near it is to a training image.
    public typealias Judgement = (isCopy: Bool, score: Double?)

    /// How a set was made.
    public struct Outcome: Sendable, Equatable {
        public var kept = 0
        public var rejected = 0
    }

    let plan: LabelledSetPlan
    let model: ServedModel
    let folder: String
    private let threads: Int?
    private let batch: Int
    private(set) var log: AttemptLog

    /// Opens the folder, or makes it.
    /// - Throws: `EvaluationError` for a folder that holds another set, or one whose files are not as its log says.
    public init(_ plan: LabelledSetPlan, model: ServedModel, folder: String, threads: Int?, batch: Int) throws {
        (self.plan, self.model, self.folder, self.threads, self.batch) = (plan, model, folder, threads, batch)
        try makeFolders(folder)
        let file = "\(folder)/augment.json", wanted = plan.json.serialized(sortedKeys: true)
        if let found = FileManager.default.contents(atPath: file) {
            guard let json = try? JSONReader().read(Array(found)).object, json.serialized(sortedKeys: true) == wanted
            else {
                throw EvaluationError(
                    file, expected: "the plan of this very set (or an empty folder)", got: "that of another")
            }
        } else {
            guard (try FileManager.default.contentsOfDirectory(atPath: folder)).isEmpty else {
                throw EvaluationError(folder, expected: "an empty folder, or a set that was begun", got: "other files")
            }
            try writeWholeFile(JSONWriter(indent: 2).write(.object(plan.json)) + [0x0A], to: file)
        }
        log = try AttemptLog(path: "\(folder)/attempts.csv", conditions: plan.conditions.count) { line in
            line.seed == plan.seed(condition: line.condition, attempt: line.attempt)
                && line.file ?? plan.file(line.condition, line.attempt) == plan.file(line.condition, line.attempt)
        }
        try checkFiles()
    }

    /// Makes what is missing, and the tables.
    /// - Parameters:
    ///   - judge: says of each picture whether it is a copy.
    ///   - isWanted: asked after each image; false ends the run, and a later one goes on.
    ///   - progress: images that are there, and those of the whole set.
    /// - Returns: nil where the run was ended before the set was whole.
    /// - Throws: `EvaluationError` where a condition yields nothing but copies; `RequestRefusal` for sampling that the
    ///   model cannot do; what computing and writing throw.
    public mutating func make(
        judge: (PixelImage) throws -> Judgement, isWanted: () -> Bool, progress: (_ done: Int, _ total: Int) -> Void
    ) throws -> Outcome? {
        let total = plan.conditions.reduce(0) { $0 + $1.count }
        for (place, condition) in plan.conditions.enumerated() {
            while true {
                let pending = try pendingAttempts(place, condition)
                guard !pending.isEmpty else { break }
                guard isWanted() else { return nil }
                do {
                    try make(place, condition, attempts: pending, judge: judge) { done in
                        progress(min(done, total), total)
                        if !isWanted() { throw Ended() }
                    }
                } catch is Ended { return nil }
            }
        }
        return try finish()
    }

    private struct Ended: Error {}

    /// What still has to be tried so that the first images that are kept are known.
    private func pendingAttempts(_ place: Int, _ condition: LabelledCondition) throws(EvaluationError) -> [Int] {
        let known = log.lines[place]
        let most = plan.mostAttempts(condition)
        let wanted = condition.count + known.values.count { $0.file == nil && $0.attempt < most }
        guard wanted <= most else {
            throw EvaluationError(
                "condition \(condition.text)", expected: "\(condition.count) images that are no copies",
                got: "\(wanted - condition.count) copies in \(known.count) attempts")
        }
        return (0..<wanted).filter { known[$0] == nil }
    }

    private mutating func make(
        _ place: Int, _ condition: LabelledCondition, attempts: [Int], judge: (PixelImage) throws -> Judgement,
        noted: (_ kept: Int) throws -> Void
    ) throws {
        let generation = try OfflineGeneration(
            model, task: OfflineTask(generation: plan.body(condition)), threads: threads, batch: batch)
        let seeds = attempts.map { plan.seed(condition: place, attempt: $0) }
        try makeFolder(condition.folder(place), in: folder)
        try generation.pictures(seeds: seeds, progress: { _, _ in }) { index, picture, recipe in
            let judgement = try judge(picture)
            let png = try SyntheticImage.encode(picture, recipe: recipe)
            let file = judgement.isCopy ? nil : plan.file(place, attempts[index])
            if let file { try writeWholeFile(png.bytes, to: "\(folder)/\(file)") }
            let line = AttemptLog.Line(
                condition: place, attempt: attempts[index], seed: seeds[index], file: file, sha256: png.sha256,
                recipe: Digest(of: recipe.canonical).hexadecimal, score: judgement.score)
            try log.append(line)
            try noted(log.lines.reduce(0) { $0 + $1.values.count { $0.file != nil } })
        }
    }

    /// A file that the log names must be there as it was written.
    private func checkFiles() throws {
        for lines in log.lines {
            for line in lines.values {
                guard let file = line.file else { continue }
                let path = "\(folder)/\(file)"
                guard let data = FileManager.default.contents(atPath: path) else {
                    throw EvaluationError(path, expected: "the image that attempts.csv names", got: "no file")
                }
                let digest = Digest(of: Array(data)).hexadecimal
                guard digest == line.sha256 else {
                    throw EvaluationError(path, expected: "SHA-256 \(line.sha256)", got: digest)
                }
            }
        }
    }

    static func contents(_ path: String) -> [UInt8]? { FileManager.default.contents(atPath: path).map(Array.init) }
}

extension LabelledSetPlan {
    /// The path of an attempt's image in the set.
    func file(_ condition: Int, _ attempt: Int) -> String {
        let digits = String(attempt)
        return conditions[condition].folder(condition) + "/" + String(repeating: "0", count: max(0, 5 - digits.count))
            + digits + ".png"
    }
}
