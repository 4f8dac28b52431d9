import Images
import JSON
import Testing

@testable import Datasets

@Suite struct JoinedTests {
    /// Pictures of another source: the first is of a patient whom the labelled set has as well.
    private static func others(_ count: Int) throws -> FolderFixture {
        let fixture = try FolderFixture()
        var table = "filename,label,patient_id\r\n"
        for image in 0..<count {
            try fixture.write(try FolderFixture.picture(seed: 1000 + image), to: "\(image).png")
            table += "\(image).png,chest,\(image == 0 ? "p7" : "")\r\n"
        }
        try fixture.write(table, to: "labels.csv")
        return fixture
    }

    @Test func `Further sets bring images without labels, and their groups`() throws {
        let (chests, others) = (try FolderFixture.chests(), try Self.others(5))
        let alone = try chests.settings(["attributes": ["view"]]).open()
        let settings = try chests.settings([
            "attributes": ["view"], "unlabelled": [["kind": "folder", "path": .string(others.path)]],
        ])
        let joined = try settings.open()
        #expect(joined.count == 65 && joined.attributes == alone.attributes)
        #expect(joined.labels(59) == alone.labels(59) && !joined.labels(59).isEmpty)
        #expect((60..<65).allSatisfy { joined.labels($0) == DatasetLabels([[]]) })
        #expect(joined.group(60) == "p7" && joined.group(61) == "1.png" && joined.part(60) == nil)
        #expect(try joined.pixels(62).samples == FolderFixture.picture(seed: 1002).samples)
        #expect(joined.fingerprint != alone.fingerprint && joined.fingerprint != nil)
        #expect(joined.notes.contains("5 images are of set 2, without labels"))
        #expect(try DatasetSettings(json: JSONCursor(settings.json)) == settings)
    }

    @Test func `A patient of two sets is on one side of the split`() throws {
        let (chests, others) = (try FolderFixture.chests(), try Self.others(40))
        let joined = try chests.settings([
            "unlabelled": [["kind": "folder", "path": .string(others.path)]], "validation": 0.3,
        ]).open()
        let sides = try GroupSplit(validation: 0.3).sides(of: joined, among: Array(0..<100), path: "x")
        let groups = (Set(sides.training.map { joined.group($0) }), Set(sides.validation.map { joined.group($0) }))
        #expect(groups.0.isDisjoint(with: groups.1))
        #expect(sides.training.contains { $0 >= 60 } && sides.validation.contains { $0 >= 60 })
    }

    @Test(arguments: ["attributes", "unlabelled"])
    func `A set without labels is given none`(field: String) {
        let json: JSONObject = [
            "kind": "folder", "path": "x", "unlabelled": [["kind": "folder", "path": "y", field: []]],
        ]
        #expect { try DatasetSettings(json: JSONCursor(json)) } throws: { ($0 as? JSONMismatch)?.pointer == "/unlabelled/0/\(field)" }
    }
}
