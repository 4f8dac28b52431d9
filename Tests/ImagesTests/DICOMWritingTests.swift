import Foundation
import Images
import Testing

/// Secondary Capture files: what stands in them, and that they stay as `check_written.py` found them to be valid.
@Suite struct DICOMWritingTests {
    static func image(channels: Int, bitDepth: Int) throws -> PixelImage { try WrittenFilesTests.image(channels: channels, bitDepth: bitDepth) }

    static func provenance(_ source: Provenance.DigitalSourceType = .trainedAlgorithmicMedia) -> Provenance {
        Provenance(recipe: #"{"kind":"generation","note":"Größe","seed":"7"}"#, sourceType: source)
    }

    static let forms: [(name: String, channels: Int, bitDepth: Int)] = [("grey8", 1, 8), ("grey16", 1, 16), ("rgb8", 3, 8), ("rgb16", 3, 16)]

    static func file(channels: Int, bitDepth: Int) throws -> [UInt8] {
        let source: Provenance.DigitalSourceType = channels == 1 ? .trainedAlgorithmicMedia : .compositeWithTrainedAlgorithmicMedia
        return try DICOMEncoder.encode(image(channels: channels, bitDepth: bitDepth), provenance: provenance(source), study: "a study")
    }

    @Test(arguments: forms) func `What is written is read back the same`(name: String, channels: Int, bitDepth: Int) throws {
        let decoded = try DICOMDecoder.decode(Self.file(channels: channels, bitDepth: bitDepth))
        #expect(decoded.image == (try Self.image(channels: channels, bitDepth: bitDepth)))
        #expect(decoded.isSynthetic)
        #expect(decoded.recipe == Self.provenance().recipe)
    }

    /// All 65536 values pass through the window unchanged.
    @Test func `Sixteen bits of grey survive the window to the bit`() throws {
        let ramp = try PixelImage(width: 256, height: 256, channels: 1, bitDepth: 16, samples: (0...65535).map { UInt16($0) })
        #expect(try DICOMDecoder.decode(DICOMEncoder.encode(ramp, provenance: Self.provenance(), study: "")).image == ramp)
    }

    /// `PHANTOM_WRITE_FIXTURES=1` writes the files anew; then run Tests/Fixtures/dicom/check_written.py.
    @Test(arguments: forms) func `The files are those that other programs found valid`(name: String, channels: Int, bitDepth: Int) throws {
        let place = Fixtures.dicom.appending(path: "written/\(name).dcm")
        let bytes = try Self.file(channels: channels, bitDepth: bitDepth)
        if ProcessInfo.processInfo.environment["PHANTOM_WRITE_FIXTURES"] != nil { try Data(bytes).write(to: place) }
        #expect(bytes == (try Fixtures.bytes(place)))
    }

    @Test func `UIDs follow from recipe and study alone`() throws {
        func uids(_ recipe: String, _ study: String) throws -> [String] {
            let provenance = Provenance(recipe: recipe, sourceType: .trainedAlgorithmicMedia)
            let text = String(decoding: try DICOMEncoder.encode(Self.image(channels: 1, bitDepth: 8), provenance: provenance, study: study), as: Unicode.ASCII.self)
            // Meta instance, implementation, instance, study, series.
            return text.split(separator: "2.25.").dropFirst().map { String($0.prefix { $0.isNumber }) }
        }
        let first = try uids("{}", "a")
        #expect(first.count == 5)
        #expect(first[0] == first[2], "the instance")
        #expect(Set(first).count == 4)
        #expect(first.allSatisfy { $0.first != "0" && $0.utf8.count <= 39 && UInt128($0) != nil })
        #expect(try uids("{}", "a") == first)
        let other = try uids("{ }", "a")
        #expect((other[2] != first[2], other[3] == first[3], other[4] != first[4]) == (true, true, true))
        #expect(try uids("{}", "b")[3] != first[3])
    }

    @Test func `What DICOM cannot hold is refused`() throws {
        let grey = try Self.image(channels: 1, bitDepth: 8)
        let long = Provenance(recipe: "{}", sourceType: .trainedAlgorithmicMedia, software: String(repeating: "x", count: 65))
        #expect(throws: ImageError.self) { try DICOMEncoder.encode(grey, provenance: long, study: "") }
        #expect(throws: ImageError.self) { try DICOMEncoder.encode(Self.image(channels: 2, bitDepth: 8), provenance: Self.provenance(), study: "") }
        let wide = try PixelImage(width: 65536, height: 1, channels: 1, bitDepth: 8, samples: [UInt16](repeating: 0, count: 65536))
        #expect(throws: ImageError.self) { try DICOMEncoder.encode(wide, provenance: Self.provenance(), study: "") }
    }

    /// Image Comments of a file that is not synthetic are anybody's remarks.
    @Test func `Comments of others are no recipe`() throws {
        var file = HandmadeDICOM.grey
        file.set(0x0020, 0x4000, "LT", Array("{}".utf8))
        #expect(try DICOMDecoder.decode(file.bytes).recipe == nil)
        file.set(0x0008, 0x001C, "CS", Array("YES ".utf8))
        #expect(try DICOMDecoder.decode(file.bytes).recipe == "{}")
    }
}
