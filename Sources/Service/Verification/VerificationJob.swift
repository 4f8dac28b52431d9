import Bytes
import Diffusion
import Images
import Imaging
import JSON
import Jobs

/// Jobs that make the image of a file's recipe again and compare.
enum VerificationJob {
    /// Their kind.
    static let kind = "verification"

    /// What is shown of such a job as its request.
    static func request(_ plan: PlannedSeries) -> JSONObject {
        ["model": .string(plan.model.name), "recipe": .object(plan.series.first.json)]
    }

    /// The recipe in such a request: all that a job of version 0.1.0 stored.
    /// - Throws: `JSONMismatch`, `InvalidSetting`.
    static func recipe(of request: JSONValue) throws -> Recipe {
        try Recipe(json: try JSONCursor(request).required("recipe").object())
    }
}

extension GenerationValidator {
    /// Reads the body of a verification as it was sent.
    /// - Parameters:
    ///   - type: its Content-Type.
    ///   - input: looks up pixels by their digest; nil if they are not kept.
    /// - Throws: `Problem` 400 for what can be no such body, 422 for a file or a recipe that cannot be verified here;
    ///   whatever `input` throws.
    package func verification(
        _ body: [UInt8], type: String?, input: (_ digest: Digest) throws(Problem) -> PixelImage?
    ) throws(Problem) -> (file: SyntheticFile, plan: PlannedSeries) {
        let upload = try VerificationUpload(body, type: type)
        let file = try upload.file(pixels: limits.pixels)
        let verification = try Self.asProblem { () throws(RequestRefusal) in
            try VerificationPlanner(self, file: file, pointer: upload.pointer)
        }
        var kept: [Digest: PixelImage] = [:]
        for digest in verification.neededInputs { kept[digest] = try input(digest) }
        let inputs = kept
        return (file, try Self.asProblem { () throws(RequestRefusal) in try verification.plan(inputs: inputs) })
    }

    private static func asProblem<Value>(_ work: () throws(RequestRefusal) -> Value) throws(Problem) -> Value {
        do throws(RequestRefusal) {
            return try work()
        } catch {
            throw Problem(error)
        }
    }
}
