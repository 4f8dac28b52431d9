import Checkpoints
import FoundationEssentials

/// What became of every attempt at an image of a labelled set: a line each, written when the image's file is there. A
/// run that was broken off goes on behind the last of them.
struct AttemptLog {
    /// One attempt.
    struct Line: Equatable {
        let condition: Int
        let attempt: Int
        let seed: UInt64
        /// The file's path in the set; nil for an image that was rejected as a copy.
        let file: String?
        /// Of the file, and of the canonical recipe, in hexadecimal digits.
        let sha256: String
        let recipe: String
        /// How near the image is to one of training; nil where nothing was searched.
        let score: Double?

        var text: String {
            let fields = [
                "\(condition)", "\(attempt)", "\(seed)", file ?? "", sha256, recipe, score.map { "\($0)" } ?? "",
            ]
            return fields.joined(separator: ",") + "\n"
        }
    }

    static let header = "condition,attempt,seed,file,sha256,recipe_sha256,copy_score\n"

    private let path: String
    /// Per condition, what is known of it, by attempt.
    private(set) var lines: [[Int: Line]]

    /// Reads what is there, or begins a log.
    /// - Parameter isExpected: whether a line is one that the plan makes.
    /// - Throws: `EvaluationError` for a line that is none; the last may be cut off, and does not count then.
    init(path: String, conditions: Int, isExpected: (Line) -> Bool) throws {
        self.path = path
        lines = Array(repeating: [:], count: conditions)
        guard let data = FileManager.default.contents(atPath: path) else {
            try AppendedFile(path: path).append(Array(Self.header.utf8))
            return
        }
        let text = String(decoding: data, as: UTF8.self)
        let whole = text.lastIndex(of: "\n").map { text[...$0] } ?? ""
        var rest = whole.split(separator: "\n")
        guard rest.isEmpty || rest.removeFirst() + "\n" == Self.header else {
            throw EvaluationError(path, expected: "a log of attempts", got: String(whole.prefix(60)))
        }
        for (number, line) in rest.enumerated() {
            guard let read = Line(line), lines.indices.contains(read.condition), isExpected(read),
                lines[read.condition].updateValue(read, forKey: read.attempt) == nil
            else {
                throw EvaluationError(
                    "\(path), line \(number + 2)", expected: "an attempt of the plan, once",
                    got: String(line.prefix(80)))
            }
        }
        guard whole.utf8.count != data.count else { return }
        // What was cut off is cut away: the next line begins at a line's beginning.
        try writeWholeFile(Array((whole.isEmpty ? Self.header[...] : whole).utf8), to: path)
    }

    mutating func append(_ line: Line) throws {
        try AppendedFile(path: path).append(Array(line.text.utf8))
        lines[line.condition][line.attempt] = line
    }

    /// The lines of a condition in the order of their attempts.
    func ordered(_ condition: Int) -> [Line] { lines[condition].values.sorted { $0.attempt < $1.attempt } }
}

extension AttemptLog.Line {
    /// Reads a line of the log; nil for a text that is none.
    init?(_ text: Substring) {
        let fields = text.split(separator: ",", omittingEmptySubsequences: false)
        guard fields.count == 7, let condition = Int(fields[0]), let attempt = Int(fields[1]),
            (0..<LabelledSetPlan.mostImages).contains(attempt), let seed = UInt64(fields[2]),
            fields[6].isEmpty || Double(fields[6])?.isFinite == true
        else { return nil }
        self.init(
            condition: condition, attempt: attempt, seed: seed, file: fields[3].isEmpty ? nil : String(fields[3]),
            sha256: String(fields[4]), recipe: String(fields[5]), score: Double(fields[6]))
    }
}
