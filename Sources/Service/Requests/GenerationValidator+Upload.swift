import Diffusion
import Imaging
import Jobs

// Bodies as they were sent -> fields and pictures.
extension GenerationValidator {
    /// Reads a body as it was sent.
    /// - Parameters:
    ///   - type: its Content-Type: JSON, which nil is too, or a form.
    ///   - targets: where its end may be told; nil: nowhere.
    /// - Returns: the plan, a digest that is the same for requests that ask for the same, and where the end is told.
    /// - Throws: `Problem` 400 for what is no JSON or no form, 422 with every fault of every field otherwise.
    package func read(
        _ body: [UInt8], type: String? = nil, kind: Recipe.Kind = .generation, targets: WebhookTargets? = nil
    ) throws(Problem) -> (plan: PlannedGeneration, digest: String, callback: JobCallback?) {
        let upload = try Upload(
            body, type: type.flatMap { MediaType($0) }, pictures: RestorationRequest.pictures(kind))
        var fields = upload.fields
        let callback = try WebhookRequest.take(from: &fields, targets)
        do throws(RequestRefusal) {
            return (try validate(fields, pictures: upload.pictures, kind: kind), upload.digest, callback)
        } catch {
            throw Problem(error)
        }
    }
}
