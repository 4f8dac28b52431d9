import Diffusion
import Imaging
import JSON
import Jobs

extension DiffusionRunner.Image {
    package var isFinished: Bool { trajectory.finished }

    package var step: Int { trajectory.progress.done }

    package var rowsOfNextStep: Int { trajectory.rowsOfNextEvaluation }

    package func saved() throws -> [UInt8] { trajectory.serialized() }

    package func output() throws -> ImageOutput {
        let recipe = trajectory.recipe
        let picture = try SyntheticImage.picture(of: trajectory, valueRange: plan.model.facts.valueRange)
        let png = try SyntheticImage.encode(picture, recipe: recipe)
        var report =
            try plan.file.map { try $0.compare(withMade: png.bytes).json }
            ?? trajectory.consistency(of: picture.samples)?.json
        let finding = try plan.watch?.look(at: picture)
        if let finding {
            var object = report ?? JSONObject()
            object[JobDocument.copyKey] = .object(finding.json)
            report = object
        }
        let isWithheld = finding?.isWithheld == true
        let traits = ImageTraits(
            seed: String(recipe.seed),
            format: .init(width: recipe.width, height: recipe.height, bitDepth: recipe.bitDepth),
            sha256: isWithheld ? "" : png.sha256, mediaType: isWithheld ? CopyWatch.mediaType : "image/png",
            report: report?.serialized())
        return ImageOutput(traits, bytes: isWithheld ? [] : png.bytes)
    }
}
