import Foundation
import Images
import JSON
import TestSupport

@testable import Datasets

/// A folder of small pictures that a test makes.
struct FolderFixture {
    let folder: TemporaryFolder
    var path: String { folder.path }

    init() throws { folder = try TemporaryFolder() }

    /// A picture whose samples are drawn from the seed.
    static func picture(seed: Int, side: Int = 12, channels: Int = 1, bitDepth: Int = 8) throws -> PixelImage {
        var state = UInt32(truncatingIfNeeded: seed &* 2_654_435_761 &+ 12345)
        let samples = (0..<side * side * channels).map { _ -> UInt16 in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt16(truncatingIfNeeded: state >> (bitDepth == 8 ? 24 : 16))
        }
        return try PixelImage(width: side, height: side, channels: channels, bitDepth: bitDepth, samples: samples)
    }

    func write(_ picture: PixelImage, to name: String) throws {
        try write(PNGEncoder.encode(picture).bytes, to: name)
    }

    func write(_ text: String, to name: String) throws { try write(Array(text.utf8), to: name) }

    func write(_ bytes: [UInt8], to name: String) throws {
        let file = URL(fileURLWithPath: "\(path)/\(name)")
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: file)
    }

    /// 60 pictures of 20 patients with a view and findings, and the table that says so.
    static func chests() throws -> FolderFixture {
        let fixture = try FolderFixture()
        var table = "filename,view,findings,patient_id,split\r\n"
        for image in 0..<60 {
            try fixture.write(try picture(seed: image), to: "png/\(image).png")
            let findings = image % 3 == 0 ? "Effusion|\"Mass\"" : image % 3 == 1 ? "Effusion" : ""
            let quoted = findings.contains("\"") ? "\"Effusion|Mass, large\"" : findings
            table += "png/\(image).png,\(image % 2 == 0 ? "PA" : "AP"),\(quoted),p\(image / 3),dev\r\n"
        }
        try fixture.write(table, to: "labels.csv")
        return fixture
    }

    func settings(_ members: JSONObject = [:]) throws -> DatasetSettings {
        var object = members
        object["path"] = .string(path)
        if object["kind"] == nil { object["kind"] = "folder" }
        return try DatasetSettings(json: JSONCursor(object))
    }

    /// The message with which something fails.
    static func message(_ body: () throws -> Void) -> String {
        do { try body() } catch { return "\(error)" }
        return "no error"
    }
}
