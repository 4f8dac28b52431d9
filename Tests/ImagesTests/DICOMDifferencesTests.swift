import Foundation
import Images
import Testing

/// Files that an archive wrote anew say the same, however they are written down.
@Suite struct DICOMDifferencesTests {
    private static func fixture(_ path: String) throws -> [UInt8] { try Fixtures.bytes(Fixtures.dicom.appending(path: path)) }

    /// Written by pydicom (`make_rewritten.py`).
    @Test(arguments: DICOMWritingTests.forms.map(\.name), ["implicit", "undefined", "lengths"])
    func `Another transfer syntax is no difference`(name: String, how: String) throws {
        let (own, rewritten) = (try Self.fixture("written/\(name).dcm"), try Self.fixture("rewritten/\(name)-\(how).dcm"))
        #expect(own != rewritten)
        #expect(try DICOMDecoder.differences(rewritten, own).isEmpty)
        #expect(try DICOMDecoder.differences(own, rewritten).isEmpty)
        #expect(try DICOMDecoder.decode(rewritten) == DICOMDecoder.decode(own))
    }

    @Test(arguments: DICOMWritingTests.forms.map(\.name)) func `Another patient is one`(name: String) throws {
        let differences = try DICOMDecoder.differences(Self.fixture("rewritten/\(name)-patient.dcm"), Self.fixture("written/\(name).dcm"))
        #expect(differences.map(\.description) == ["(0010,0010)"])
    }

    // MARK: One element

    private static func differences(_ representation: String, _ first: [UInt8], _ second: [UInt8]) throws -> [String] {
        var (one, other) = (HandmadeDICOM.grey, HandmadeDICOM.grey)
        one.set(0x0020, 0x4001, representation, first)
        other.set(0x0020, 0x4001, representation, second)
        return try DICOMDecoder.differences(one.bytes, other.bytes).map(\.description)
    }

    @Test func `Padding counts where it is not text`() throws {
        #expect(try Self.differences("LT", Array("ab".utf8), Array("ab  ".utf8)).isEmpty)
        #expect(try Self.differences("UI", Array("1.2\0".utf8), Array("1.2 ".utf8)).isEmpty)
        #expect(try Self.differences("LT", Array("ab".utf8), Array("ac".utf8)) == ["(0020,4001)"])
        #expect(try Self.differences("US", [16, 0], [16, 32]) == ["(0020,4001)"])
        #expect(try Self.differences("OB", [1, 2], [1, 2, 0, 0]) == ["(0020,4001)"])
    }

    /// (0008,0070) LO of a text with an even length.
    private static func element(_ text: String) -> [UInt8] { [8, 0, 0x70, 0] + Array("LO".utf8) + [UInt8(text.utf8.count), 0] + Array(text.utf8) }

    private static func item(_ content: [UInt8]) -> [UInt8] { [0xFE, 0xFF, 0, 0xE0, UInt8(content.count), 0, 0, 0] + content }

    private static func openItem(_ content: [UInt8]) -> [UInt8] {
        [0xFE, 0xFF, 0, 0xE0, 255, 255, 255, 255] + content + [0xFE, 0xFF, 0x0D, 0xE0, 0, 0, 0, 0]
    }

    @Test func `Sequences are compared item by item`() throws {
        let (ab, abPadded, cd) = (Self.element("ab"), Self.element("ab  "), Self.element("cd"))
        #expect(try Self.differences("SQ", Self.item(ab), Self.openItem(ab)).isEmpty)
        #expect(try Self.differences("SQ", Self.item(ab), Self.item(abPadded)).isEmpty)
        #expect(try Self.differences("SQ", Self.item(ab) + Self.item(cd), Self.openItem(ab) + Self.item(cd)).isEmpty)
        for other in [Self.item(cd), Self.item(ab) + Self.item(ab), [], Self.item([]), Self.item(ab + [9, 0, 1, 0] + Array("LO".utf8) + [0, 0])] {
            #expect(try Self.differences("SQ", Self.item(ab), other) == ["(0020,4001)"])
        }
        #expect(try Self.differences("SQ", Self.item(cd) + Self.item(ab), Self.item(ab) + Self.item(cd)) == ["(0020,4001)"], "their order counts")
    }

    /// What is no sequence where one is expected differs, and stops nobody: every byte of a sound one, changed.
    @Test func `A damaged sequence is a difference`() throws {
        let sound = Self.item(Self.element("ab")) + Self.openItem(Self.element("cd"))
        for place in sound.indices {
            for value in [0, 1, 0x7F, 0xFF] as [UInt8] where sound[place] != value {
                var damaged = sound
                damaged[place] = value
                #expect(try Self.differences("SQ", sound, damaged) == ["(0020,4001)"], "byte \(place) is \(value)")
            }
        }
        #expect(try Self.differences("SQ", sound, Array(sound.dropLast(2))) == ["(0020,4001)"])
    }

    // MARK: Long recipes

    @Test(arguments: [10_240, 10_241, 65_534, 65_535, 400_000]) func `A recipe of any length is written and read back`(length: Int) throws {
        let recipe = "{\"betas\":\"" + String(repeating: "5", count: length - 12) + "\"}"
        #expect(recipe.utf8.count == length)
        let provenance = Provenance(recipe: recipe, sourceType: .trainedAlgorithmicMedia)
        let decoded = try DICOMDecoder.decode(
            DICOMEncoder.encode(DICOMWritingTests.image(channels: 1, bitDepth: 8), provenance: provenance, study: ""))
        #expect(decoded.recipe == recipe)
        #expect((decoded.comments == recipe) == (length <= 10_240), "old files keep their bytes")
    }
}
