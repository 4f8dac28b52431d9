import Foundation
import Images
import JSON
import TestSupport
import Testing

/// A service of one small model, and the command, that verify files.
struct VerificationBench {
    let checkpoint: SmallCheckpoint
    let folder: TemporaryFolder
    let service: ServingProcess

    init() throws {
        checkpoint = try SmallCheckpoint()
        folder = try TemporaryFolder()
        service = try ServingProcess(model: checkpoint.path, database: "\(folder.path)/jobs.sqlite")
    }

    func save(_ bytes: [UInt8], _ name: String) throws -> String {
        let path = "\(folder.path)/\(name)"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    func verify(_ file: [UInt8], type: String = "image/png") throws -> (status: Int, answer: JSONValue) {
        let path = try save(file, "verified")
        let answer = try service.curl("/v1/verifications", ["-H", "Content-Type: \(type)", "-H", "Prefer: wait=60", "--data-binary", "@\(path)"])
        let job = try JSONReader().read(answer.body)
        // It may take longer than a request may last, on a busy machine.
        guard answer.status == 202, let id = job["id"]?.string else { return (answer.status, job) }
        return (200, try service.waitForEnd(of: id))
    }

    /// The job of a form and its first image.
    func make(_ route: String, _ parts: [(String, [UInt8])], request: String) throws -> (job: JSONValue, png: [UInt8]) {
        var arguments = ["-F", "request=\(request)"]
        for (name, bytes) in parts { arguments += ["-F", "\(name)=@\(try save(bytes, "\(name).png"));type=image/png"] }
        let answer = try service.curl("/v1/\(route)", arguments)
        #expect(answer.status == 202, "\(String(decoding: answer.body, as: UTF8.self))")
        let id = try #require(try JSONReader().read(answer.body)["id"]?.string)
        return (try service.waitForEnd(of: id), try service.curl("/v1/jobs/\(id)/images/0").body)
    }

    func command(_ arguments: [String]) throws -> (status: Int32?, output: String, errors: String) {
        let process = try ChildProcess(ChildProcess.phantom, ["verify", "--model", checkpoint.path, "--threads", "1"] + arguments)
        return (process.exitStatus(), String(decoding: process.standardOutput, as: UTF8.self), process.standardError)
    }

    /// The same texts, other pixels.
    static func rewritten(_ png: [UInt8], texts: ([PNGText]) throws -> [PNGText] = { $0 }, change: (inout [UInt16]) -> Void = { _ in }) throws -> [UInt8] {
        let decoded = try PNGDecoder.decode(png)
        var samples = decoded.image.samples
        change(&samples)
        let image = try PixelImage(
            width: decoded.image.width, height: decoded.image.height, channels: decoded.image.channels, bitDepth: decoded.image.bitDepth,
            samples: samples)
        return try PNGEncoder.encode(image, texts: try texts(decoded.texts)).bytes
    }
}
