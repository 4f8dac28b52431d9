import Checkpoints
import Datasets
import FoundationEssentials
import JSON
import Training

/// The averages and stages of a training run, each a model whose images are compared with what the run has held out.
public struct RunCandidates {
    /// An average of the weights at a step of the run.
    public struct Candidate: Sendable, Equatable {
        public let width: Double
        public let step: Int

        /// For people.
        public var name: String { "step \(step), width \(width)" }

        /// The name of its folder.
        var folder: String { "width-\(width)-step-\(step)" }
    }

    /// The folder of the run.
    public let run: String
    private let model: PostHocModel
    /// Tells the run's snapshots from another's.
    private let digest: String

    /// Widths that are compared at the end of the run.
    static let widths = [0.03, 0.05, 0.10, 0.15, 0.20]
    /// Parts of the run at whose ends the best width is compared.
    public static let stages = 4

    /// - Throws: `TrainingError` or `CheckpointError` for a folder that is no run, or has no snapshots.
    public init(run: String) throws {
        self.run = run
        model = try PostHocModel(run: run)
        digest = try model.digest().hexadecimal
    }

    /// The file that says what the run held out.
    public var settingsFile: String { RunFolder(run).settingsFile }

    /// Averages of several widths at the end of the run.
    public var averages: [Candidate] { Self.widths.map { Candidate(width: $0, step: model.step) } }

    /// One width at so many steps, evenly spaced, the last at the end of the run; each the nearest that has a snapshot.
    /// Where several are the same there are fewer.
    public func stages(width: Double, count: Int = RunCandidates.stages) -> [Candidate] {
        let steps = model.steps
        let wanted = (1...max(1, count)).compactMap { part in
            steps.min { abs($0 * count - model.step * part) < abs($1 * count - model.step * part) }
        }
        return Set(wanted).sorted().map { Candidate(width: width, step: $0) }
    }

    /// The model folder of a candidate below `folder`, made unless it is there whole and of this run's snapshots. A
    /// file beside it says of which it is.
    /// - Throws: what cannot be read or written.
    public func model(_ candidate: Candidate, below folder: String) throws -> String {
        let path = "\(folder)/\(candidate.folder)/model", mark = "\(folder)/\(candidate.folder)/snapshots.sha256"
        let wanted = Array("\(digest)\n".utf8)
        let isMarked = FileManager.default.contents(atPath: mark).map(Array.init) == wanted
        if isMarked, isFolder("\(path)/model_index.json") == false { return path }
        try? FileManager.default.removeItem(atPath: mark)
        try model.write(width: candidate.width, stage: candidate.step, to: path)
        try writeWholeFile(wanted, to: mark)
        return path
    }

    /// Where a candidate's images go.
    public func images(_ candidate: Candidate, below folder: String) -> String {
        "\(folder)/\(candidate.folder)/images"
    }
}

/// The candidates of a run with their distances.
public struct RunComparison: Sendable {
    /// In the order in which they were compared.
    public private(set) var entries: [(candidate: RunCandidates.Candidate, score: Score)] = []

    public init() {}

    public mutating func append(_ candidate: RunCandidates.Candidate, _ score: Score) {
        entries.append((candidate, score))
    }

    /// The candidate of the least distance; nil where none has one.
    public var best: RunCandidates.Candidate? {
        entries.filter { $0.score.value != nil }.min { ($0.score.value ?? 0) < ($1.score.value ?? 0) }?.candidate
    }

    public var json: JSONObject {
        func object(_ candidate: RunCandidates.Candidate) -> JSONObject {
            ["width": .double(candidate.width), "step": .integer(candidate.step)]
        }
        return [
            "candidates": .array(
                entries.map { entry in
                    var json = object(entry.candidate)
                    json["metrics"] = .object([entry.score].json)
                    return .object(json)
                }),
            "best": best.map { .object(object($0)) } ?? .null,
        ]
    }
}
