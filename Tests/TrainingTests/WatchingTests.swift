import Bytes
import Foundation
import Images
import JSON
import TestSupport
import Testing

@testable import Training

@Suite struct WatchingTests {
    /// RFC 3720, appendix B.4, and the check value of the catalogue of CRCs.
    @Test func checksumsAreCastagnolis() {
        #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(CRC32C.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(CRC32C.checksum(Array(0..<32)) == 0x46DD_794E)
        #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xE306_9283)
        // (0xE3069283 >> 15 | << 17) + 0xA282EAD8
        #expect(CRC32C.masked(Array("123456789".utf8)) == 0xC78A_B0E5)
    }

    /// The example of protobuf.dev/programming-guides/encoding: field 1, 150.
    @Test func messagesAreProtobufs() {
        var message = ProtobufMessage()
        message.add(1, integer: 150)
        message.add(2, text: "testing")
        #expect(message.bytes == [0x08, 0x96, 0x01, 0x12, 0x07] + Array("testing".utf8))
        var outer = ProtobufMessage()
        outer.add(3, message: message)
        #expect(outer.bytes == [0x1A, UInt8(message.bytes.count)] + message.bytes)
    }

    /// Every record is whole: length, its checksum, data, theirs.
    @Test func eventFilesAreRecords() throws {
        let folder = try TemporaryFolder()
        do {
            let events = try EventFile(folder: folder.path, step: 7)
            try events.add([("training/loss", 0.5), ("training/rate", 1e-4)], step: 8)
            let picture = try PixelImage(width: 2, height: 1, channels: 1, bitDepth: 8, samples: [0, 255])
            try events.add("samples", png: try PNGEncoder.encode(picture), of: picture, step: 8)
        }
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: folder.path).first)
        #expect(name.hasPrefix("events.out.tfevents."))
        var bytes = Array(try Data(contentsOf: URL(filePath: "\(folder.path)/\(name)")))[...]
        var records = 0
        while !bytes.isEmpty {
            let head = Array(bytes.prefix(8))
            #expect(UInt32(littleEndianBytes: bytes.dropFirst(8).prefix(4)) == CRC32C.masked(head))
            let length = Int(UInt64(littleEndianBytes: head))
            let data = Array(bytes.dropFirst(12).prefix(length))
            #expect(UInt32(littleEndianBytes: bytes.dropFirst(12 + length).prefix(4)) == CRC32C.masked(data))
            bytes = bytes.dropFirst(16 + length)
            records += 1
        }
        // Version, start, numbers, picture.
        #expect(records == 4)
    }

    /// What a process wrote after the state that the next one begins with is taken out, and a line that was cut off.
    @Test func metricsGoOnWhereTheStateStands() throws {
        let folder = try TemporaryFolder(), path = "\(folder.path)/metrics.jsonl"
        var kept: [JSONObject] = []
        do {
            let metrics = try MetricsFile(path: path, images: 0, kept: &kept)
            for images in [32, 64, 96] { try metrics.append(["images": .integer(images)]) }
        }
        try (String(contentsOfFile: path, encoding: .utf8) + "{\"images\": 1").write(
            toFile: path, atomically: true, encoding: .utf8)
        do {
            let metrics = try MetricsFile(path: path, images: 64, kept: &kept)
            try metrics.append(["images": 96, "again": true])
        }
        #expect(kept.count == 2)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text == "{\"images\":32}\n{\"images\":64}\n{\"images\":96,\"again\":true}\n")
    }

    @Test func curvesAreDrawn() throws {
        let lines: [JSONObject] = (1...100).map { i in
            ["images": .integer(32 * i), "loss": .double(1 / Double(i)), "validation_training_bits": .double(3)]
        }
        let picture = try LossPlot(lines).picture()
        #expect(picture.width == 720 && picture.samples.contains(31))
        #expect(try LossPlot([]).picture().samples.contains(20))
    }

    /// A file that others have written to is read back as far as it tells of this run, and drawn as far as it can be.
    @Test func linesOfNoRunAreTakenOutAndCurvesBeyondNumbersAreNot() throws {
        let folder = try TemporaryFolder(), path = "\(folder.path)/metrics.jsonl"
        let lines = [
            #"{"images":-9000000000000000000,"loss":1}"#, #"{"images":32,"loss":1}"#, #"{"images":1e300,"loss":1}"#,
            #"{"images":64,"validation_training_bits":-1e308}"#, #"{"images":64,"validation_held_out_bits":1e308}"#,
        ]
        try (lines.joined(separator: "\n") + "\n").write(toFile: path, atomically: true, encoding: .utf8)
        var kept: [JSONObject] = []
        _ = try MetricsFile(path: path, images: 64, kept: &kept)
        #expect(kept.map { $0["images"]?.number?.int } == [32, 64, 64])
        #expect(try LossPlot(kept).picture().samples.contains(20))
    }

    /// Lines are followed pixel by pixel: those to places far beyond the picture would take for ever, or are no numbers.
    @Test(arguments: [1e300, -9e18, .infinity, .nan, 1e5])
    func linesFarBeyondThePictureAreNotDrawn(far: Double) throws {
        var canvas = PlotCanvas(width: 8, height: 8)
        let white = try canvas.picture()
        for (from, to) in [((0.0, 0.0), (far, 4.0)), ((0, far), (4, 4)), ((far, far), (far, far))] {
            canvas.line((from.0, from.1), (to.0, to.1), (0, 0, 0))
        }
        #expect(try canvas.picture() == white)
        canvas.line((0, 0), (-99_999, 7), (0, 0, 0))
        #expect(try canvas.picture() != white)
    }

    @Test func residentMemoryIsKnown() {
        #expect((1 << 20...1 << 36).contains(ResidentMemory.bytes ?? 0))
    }

    /// A whole run writes its metrics, curves, samples and events.
    @Test func aRunIsWatched() throws {
        let folder = try TemporaryFolder()
        var run = TinyRun(folder.path, images: 320)
        (run.settings.validateEvery, run.settings.sampleEvery) = (160, 320)
        #expect(try run.trainer().run() == .complete)
        let text = try String(contentsOfFile: "\(folder.path)/metrics.jsonl", encoding: .utf8)
        let lines = try text.split(separator: "\n").map { try #require(try JSONReader().read(String($0)).object) }
        let steps = lines.filter { $0["loss"] != nil }, validations = lines.filter { $0["validation_gap"] != nil }
        #expect(steps.count == 2 && validations.count == 2)
        #expect(steps[0]["loss_quartile_4"] != nil && steps[0]["images_per_second"] != nil)
        #expect(validations[1]["held_out_errors"]?.array?.count == 16)
        #expect(FileManager.default.fileExists(atPath: "\(folder.path)/samples/0000000320.png"))
        #expect(FileManager.default.fileExists(atPath: "\(folder.path)/loss.png"))
    }
}
