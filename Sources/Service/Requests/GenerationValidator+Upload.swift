import Diffusion
import Imaging

// Bodies as they were sent -> fields and pictures.
extension GenerationValidator {
    /// Reads a body as it was sent.
    /// - Parameter type: its Content-Type: JSON, which nil is too, or a form.
    /// - Returns: the plan, and a digest that is the same for requests that ask for the same.
    /// - Throws: `Problem` 400 for what is no JSON or no form, 422 with every fault of every field otherwise.
    public func read(
        _ body: [UInt8], type: String? = nil, kind: Recipe.Kind = .generation
    ) throws(Problem) -> (plan: PlannedGeneration, digest: String) {
        let upload = try Upload(
            body, type: type.flatMap { MediaType($0) }, pictures: RestorationRequest.pictures(kind))
        do throws(RequestRefusal) {
            return (try validate(upload.fields, pictures: upload.pictures, kind: kind), upload.digest)
        } catch {
            throw Problem(error)
        }
    }
}
