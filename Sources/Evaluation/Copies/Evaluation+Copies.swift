import Imaging
import JSON
import Tensors

/// Models that an evaluation audits for copies: as many images of each condition, those first that the fewest training
/// images show.
public struct CopyAuditRequest {
    /// A model folder, how it is called, and where it stands in its run.
    public struct Subject: Sendable {
        public let name: String, path: String
        /// The step of the run; nil for a model that is no stage of one.
        public let step: Int?

        public init(_ name: String, path: String, step: Int?) { (self.name, self.path, self.step) = (name, path, step) }
    }

    public var subjects: [Subject]
    /// Images of each condition.
    public let perCondition: Int
    public let seed: UInt64
    public let manner: ModelImages.Manner
    /// Where images are made, each subject's in a folder of its own.
    public let folder: String
    /// Asked after each image; false ends the evaluation, by `EvaluationAbandoned`.
    public var isWanted: () -> Bool = { true }

    public init(
        _ subjects: [Subject], perCondition: Int, seed: UInt64, _ manner: ModelImages.Manner, folder: String
    ) {
        (self.subjects, self.perCondition, self.seed) = (subjects, perCondition, seed)
        (self.manner, self.folder) = (manner, folder)
    }

    /// Audits the subjects one after the other: all make the same images, from the same seeds.
    /// - Throws: `EvaluationAbandoned`; what computing throws.
    func findings(_ training: TrainingSearch, progress: (_ done: Int, _ total: Int) -> Void) throws -> CopyAuditFindings
    {
        let train = training.train
        let counts = CopyAudit.counts((0..<train.count).map { train.labels($0) }, of: train.attributes)
        var found: [(subject: Subject, finding: CopyAudit.Finding)] = []
        for (place, subject) in subjects.enumerated() {
            let model: ServedModel
            do { model = try ServedModel.load(path: subject.path) } catch {
                throw ModelLoadingError(path: subject.path, reason: "\(error)")
            }
            let conditions = try LabelledCondition.balanced(model.facts, over: nil, fixed: [], count: perCondition)
            var settings = CopyAudit.Settings(CopyAudit.rarestFirst(conditions, counts: counts), seed: seed)
            (settings.sampling, settings.threads, settings.batch) = (manner.sampling, manner.threads, manner.batch)
            let finding = try CopyAudit(training.search, training.calibration, settings).run(
                .init(subject.name, model), into: "\(folder)/\(place)", isWanted: isWanted, progress: progress)
            guard let finding else { throw EvaluationAbandoned() }
            found.append((subject, finding))
        }
        return CopyAuditFindings(found, falseAlarms: training.calibration.falseAlarmRate, counts: counts)
    }
}

extension Evaluation {
    /// Searches the synthetic images, and audits models where that is asked for.
    /// - Throws: `EvaluationError` where no training images are given.
    func addCopies(
        to report: inout EvaluationReport, _ roles: ImageRoles, digest: String?,
        _ progress: (ImageSet.Role, _ done: Int, _ total: Int) -> Void
    ) throws {
        guard let images = roles.train else {
            throw EvaluationError("copies", expected: "the training images, --train", got: "none")
        }
        let total = roles.real.count + roles.synthetic.count
        let training = try TrainingSearch(real: roles.real, train: images, digest: digest ?? images.path) {
            progress(.real, $0, total)
        }
        guard let training else {
            report.notes.append("copies: no held-out image has any detail, so there is no threshold")
            return
        }
        let findings = try CopyFindings(roles.synthetic, in: training) {
            progress(.synthetic, roles.real.count + $0, total)
        }
        report.verdictFacts.flaggedShare = findings.flagged
        report.verdictFacts.falseAlarmRate = findings.falseAlarms
        report.scores.append(findings.falseAlarms)
        var section = try findings.section(weak: report.takeRows(["authpct", "c_t"]))
        if let audit {
            let found = try audit.findings(training) { progress(.synthetic, $0, $1) }
            section.blocks += found.blocks
            report.parts["audit"] = .object(found.json)
        }
        report.sections.append(section)
    }
}

extension EvaluationReport {
    /// Takes rows out of the tables they stand in.
    fileprivate mutating func takeRows(_ names: [String]) -> [ScoreTable.Row] {
        var taken: [ScoreTable.Row] = []
        for place in sections.indices {
            for (number, block) in sections[place].blocks.enumerated() {
                guard case .scores(var table) = block else { continue }
                taken += table.rows.filter { names.contains($0.synthetic.name) }
                table.rows.removeAll { names.contains($0.synthetic.name) }
                sections[place].blocks[number] = .scores(table)
            }
        }
        return taken
    }
}
