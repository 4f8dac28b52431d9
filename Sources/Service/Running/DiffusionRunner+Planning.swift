import Diffusion
import Imaging
import JSON
import Jobs

// From a leased job to what is computed for it.
extension DiffusionRunner {
    package func plan(_ lease: JobLease) throws -> Plan {
        let job = lease.job
        let accepted = try lease.run.map { try AcceptedRun($0) }
        guard let version = shelf.find(job.model, definition: accepted?.modelDefinition.description) else {
            throw JobFailure(detail: "The model \(job.model.name) is not loaded any more.")
        }
        let model = version.model
        guard model.facts.generation.weightsSHA256.hexadecimal == job.model.weightsSHA256 else {
            throw JobFailure(
                detail: "The model \(job.model.name) has other weights than when the job was accepted: "
                    + "expected \(job.model.weightsSHA256), got \(model.facts.generation.weightsSHA256).")
        }
        let pictures = try RestorationInputs(lease.inputs)
        let series = try series(accepted, lease, pictures, model: model.facts)
        guard series.count == job.progress.images else {
            throw JobFailure(
                detail:
                    """
                    The store says that the job has \(job.progress.images) images, its recipes are \
                    \(series.count).
                    """
            )
        }
        try model.facts.check(series.first)
        let run = try Run(series.first, inputs: pictures)
        return Plan(
            series, run: run, file: try file(lease), model: (model, version.watch), settings: settings)
    }

    /// What a verification compares with.
    private func file(_ lease: JobLease) throws -> SyntheticFile? {
        guard lease.job.kind == VerificationJob.kind else { return nil }
        guard let file = lease.inputs.first(where: { $0.name == "file" }) else {
            throw JobFailure(detail: "The file to verify is missing.")
        }
        return try SyntheticFile(file.bytes, pixels: Recipe.maximumCount)
    }

    /// The recipes that were accepted.
    private func series(
        _ accepted: AcceptedRun?, _ lease: JobLease, _ pictures: RestorationInputs?, model: ModelFacts
    ) throws -> RecipeSeries {
        guard let run = accepted else { return try seriesOfRequest(lease.job, pictures, model: model) }
        guard run.modelDefinition == model.definition else {
            throw JobFailure(
                detail:
                    """
                    The model \(model.name) was changed after the job was accepted (unet/config.json, or \
                    value_range or 
                    """
                        + """
                        low_resolution in phantom.json): expected the definition \(run.modelDefinition), got \
                        \(model.definition).
                        """
            )
        }
        return run.series
    }

    /// What a job of version 0.1.0 asks for: it has stored its request only, from which the recipes followed when it
    /// ran.
    private func seriesOfRequest(_ job: Job, _ pictures: RestorationInputs?, model: ModelFacts) throws -> RecipeSeries {
        let request = try JSONReader().read(job.request)
        if job.kind == VerificationJob.kind {
            return try RecipeSeries(first: VerificationJob.recipe(of: request), count: 1)
        }
        guard let kind = Recipe.Kind(rawValue: job.kind) else {
            throw JobFailure(detail: "There are no jobs of the kind \(job.kind) in this version.")
        }
        return try GenerationRequest(stored: request, kind: kind, inputs: pictures, model: model).series(for: model)
    }
}
