import Images
import JSON
import Testing

@testable import Datasets

@Suite struct CropTests {
    private static func cropped(_ crops: JSONValue) throws -> any Dataset {
        let fixture = try FolderFixture.chests()
        return try fixture.settings(["crops": crops]).open()
    }

    @Test func `Each picture becomes its parts, with its labels and group`() throws {
        let fixture = try FolderFixture.chests()
        let whole = try fixture.settings([:]).open(), picture = try whole.pixels(3)
        let (side, stride) = (picture.width / 2, picture.width / 4)
        let parts = try fixture.settings(["crops": ["side": .integer(side), "stride": .integer(stride)]]).open()
        let down = (picture.height - side) / stride + 1, across = 3
        #expect(parts.count == whole.count * across * down)
        let index = 3 * across * down + across + 2
        #expect(parts.labels(index) == whole.labels(3) && parts.group(index) == whole.group(3))
        #expect(parts.part(index) == whole.part(3))
        let part = try parts.pixels(index)
        #expect(part.width == side && part.height == side)
        var expected: [UInt16] = []
        for y in 0..<side {
            let row: Int = (y + stride) * picture.width + 2 * stride
            expected += picture.samples[row * picture.channels..<(row + side) * picture.channels]
        }
        #expect(part.samples == expected)
        #expect(parts.name(index).hasSuffix(", part at (\(2 * stride), \(stride))"))
        #expect(parts.fingerprint != whole.fingerprint)
    }

    static let faults: [(JSONValue, String)] = [
        (["side": 3], "/crops/side"), (["side": 8, "stride": 0], "/crops/stride"),
        (["side": 8, "step": 2], "/crops"), (["stride": 4], "/crops/side"), (["side": 8.5], "/crops/side"),
    ]

    @Test(arguments: faults)
    func `Numbers that are no crops are refused where they stand`(crops: JSONValue, pointer: String) {
        #expect { try Self.cropped(crops) } throws: { error in
            (error as? JSONMismatch)?.pointer.hasPrefix(pointer) == true
        }
    }

    @Test func `A part larger than its picture is refused by the picture's name`() {
        #expect { try Self.cropped(["side": 4000]) } throws: { "\($0)".contains("0.png") }
    }

    @Test func `Settings with crops come back from their own JSON`() throws {
        var settings = DatasetSettings(kind: .folder, path: "x")
        settings.crops = CropSettings(side: 64, stride: 32)
        #expect(try DatasetSettings(json: JSONCursor(settings.json)) == settings)
    }
}
