import Evaluation
import Imaging
import JSON
import Tensors

/// What `phantom evaluate` does between its options and its report: images are made, features made or found, sets
/// compared.
struct EvaluationWork {
    private let options: EvaluateOptions
    private let signal = StopSignal()
    private let progress = ProgressLine()

    init(_ options: EvaluateOptions) { self.options = options }

    /// Nil where the user ended it.
    /// - Throws: what reading, making and comparing throw.
    func report() throws -> EvaluationReport? {
        defer { progress.finish() }
        do { return try unlessAbandoned() } catch is EvaluationAbandoned { return nil }
    }

    private func unlessAbandoned() throws -> EvaluationReport? {
        switch try options.subject {
        case .features(let real, let train, let synthetic):
            return try Evaluation.report(
                real: FeatureFile(path: real), train: train.map { try FeatureFile(path: $0) },
                synthetic: FeatureFile(path: synthetic), seed: options.seed, threads: options.threadCount)
        case .images(let path):
            return try compare(ImageSource(path: path, role: .synthetic), with: try comparison())
        case .model(let path, let output):
            var making = try comparison()
            making.evaluation.audit = audit(
                [.init(path, path: path, step: nil)], below: output)
            guard let made = try make(model: path, into: "\(output)/images") else { return nil }
            making.evaluation.modality = modality(made)
            var report = try compare(made.images, with: making)
            report.parts["model"] = .object(made.facts)
            return report
        case .run(let path, let output):
            return try report(onRun: path, below: "\(output)/run", with: try comparison())
        }
    }

    /// What does not change from one set of synthetic images to the next; opened before anything is computed.
    private struct Comparison {
        let real: ImageSource, train: ImageSource?
        var evaluation: Evaluation
    }

    private func comparison() throws -> Comparison {
        let making = try FeatureMaking(
            options.extractor(), cache: FeatureCache(folder: options.cacheFolder), threads: options.threadCount)
        var evaluation = Evaluation(making: making, seed: options.seed, searchesCopies: options.copies)
        evaluation.modality = options.modality
        evaluation.comparesBlurred = options.blurred
        evaluation.downstream = try options.experiment.downstream ? downstream() : nil
        return Comparison(
            real: try ImageSource(path: options.real ?? "", role: .real),
            train: try options.train.map { try ImageSource(path: $0, role: .train) },
            evaluation: evaluation)
    }

    private func downstream() throws -> DownstreamRequest {
        var request = DownstreamRequest(
            folder: options.output.map { "\($0)/downstream" }, plan: options.experiment.plan(seed: options.seed))
        (request.task, request.attribute) = (try options.experiment.classificationTask, options.experiment.task)
        let signal = signal
        request.isWanted = { !signal.wasGiven }
        request.announce = { ProgressLine().note($0) }
        return request
    }

    private func roles(_ images: ImageSource, _ comparison: Comparison) throws -> ImageRoles {
        try ImageRoles(
            real: comparison.real, train: comparison.train, synthetic: images,
            allowsSharedPatients: options.allowSharedPatients)
    }

    private func compare(_ images: ImageSource, with comparison: Comparison) throws -> EvaluationReport {
        let roles = try roles(images, comparison)
        for note in roles.notes { progress.note(note) }
        return try comparison.evaluation.report(on: roles) { _, done, total in progress.show(done: done, of: total) }
    }

    private func audit(_ subjects: [CopyAuditRequest.Subject], below folder: String) -> CopyAuditRequest? {
        guard let count = options.audit else { return nil }
        var request = CopyAuditRequest(
            subjects, perCondition: count, seed: options.seed, manner, folder: "\(folder)/audit")
        let signal = signal
        request.isWanted = { !signal.wasGiven }
        return request
    }

    /// What was said, or else what the model says.
    private func modality(_ made: ModelImages.Made) -> DomainModality? {
        options.modality ?? made.modality.flatMap { DomainModality(text: $0) }
    }

    private var manner: ModelImages.Manner {
        .init(
            sampling: options.generation.body, threads: options.generation.threads, batch: options.generation.together)
    }

    private func make(model: String, into folder: String) throws -> ModelImages.Made? {
        try ModelImages(
            model: model, count: options.count ?? EvaluateOptions.usualCount, seed: options.seed,
            manner
        ).make(into: folder, isWanted: { !signal.wasGiven }, progress: { progress.show(done: $0, of: $1) })
    }

    /// The averages of a run at its end, then the best width at earlier stages; the report are those of the best.
    private func report(onRun path: String, below folder: String, with comparison: Comparison) throws
        -> EvaluationReport?
    {
        let run = try RunCandidates(run: path)
        var found = RunComparison()
        func append(_ candidates: [RunCandidates.Candidate]) throws -> Bool {
            for candidate in candidates {
                guard let made = try images(candidate, of: run, below: folder) else { return false }
                let roles = try roles(made.images, comparison)
                found.append(candidate, try comparison.evaluation.kernelDistance(on: roles))
            }
            return true
        }
        guard try append(run.averages) else { return nil }
        if let best = found.best {
            let earlier = run.stages(width: best.width).filter { !run.averages.contains($0) }
            guard try append(earlier) else { return nil }
        }
        guard let best = found.best, let made = try images(best, of: run, below: folder) else { return nil }
        var last = comparison
        last.evaluation.modality = modality(made)
        last.evaluation.audit = audit(try subjects(run, best, below: folder), below: folder)
        var report = try compare(made.images, with: last)
        report.parts["model"] = .object(made.facts)
        report.parts["run"] = .object(found.json)
        return report
    }

    /// The stages of the best width, then the other averages at the end of the run.
    private func subjects(_ run: RunCandidates, _ best: RunCandidates.Candidate, below folder: String) throws
        -> [CopyAuditRequest.Subject]
    {
        guard options.audit != nil else { return [] }
        let stages = run.stages(width: best.width)
        return try (stages + run.averages.filter { !stages.contains($0) }).map {
            .init($0.name, path: try run.model($0, below: folder), step: $0.step)
        }
    }

    private func images(_ candidate: RunCandidates.Candidate, of run: RunCandidates, below folder: String) throws
        -> ModelImages.Made?
    {
        try make(
            model: run.model(candidate, below: folder), into: run.images(candidate, below: folder))
    }
}
