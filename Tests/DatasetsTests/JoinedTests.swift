import Foundation
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

    /// A part that another collection has of its own does not make it all that is held out.
    @Test func `Marks of a set without labels count where the set with labels has such`() throws {
        func sides(split: String) throws -> (training: [Int], validation: [Int], joined: any Dataset) {
            let (chests, others) = (try FolderFixture.chests(), try FolderFixture())
            for (part, count) in [("train", 20), ("val", 10), ("test", 5)] {
                for image in 0..<count {
                    try others.write(try FolderFixture.picture(seed: 2000 + 100 * count + image), to: "\(part)/x/\(image).png")
                }
            }
            let rows = (0..<60).map { "png/\($0).png,p\($0 / 3),\($0 >= 48 ? split : "dev")\r\n" }
            try chests.write("filename,patient_id,split\r\n" + rows.joined(), to: "labels.csv")
            let joined = try chests.settings([
                "attributes": [], "validation": 0.3,
                "unlabelled": [["kind": "folder", "path": .string(others.path)]],
            ]).open()
            let (training, validation) = try GroupSplit(validation: 0.3).sides(
                of: joined, among: Array(0..<joined.count), path: "x")
            return (training, validation, joined)
        }
        // Divided by groups: some of either set are held out, and what is for testing is on no side.
        let divided = try sides(split: "dev")
        #expect(divided.validation.contains { $0 < 60 } && divided.validation.contains { $0 >= 60 })
        #expect(divided.training.contains { $0 < 60 } && divided.training.contains { $0 >= 60 })
        #expect((60..<95).count { divided.joined.part($0) == .test } == 5)
        #expect(divided.training.count + divided.validation.count == 90)
        // Divided by marks, of both sets.
        let marked = try sides(split: "val")
        #expect(marked.validation.count { $0 < 60 } == 12 && marked.validation.count { $0 >= 60 } == 10)
        #expect(marked.training.count == 48 + 20)
    }

    /// How images are shown and divided is for the set to say that they join; what it says may be repeated.
    @Test(arguments: [
        ("validation", 0.2, 0.3), ("filter", "box", "bicubic"), ("fit", "pad", "stretch"), ("colour", "grey", nil),
        ("small_classes", "merge", "keep"),
    ] as [(String, JSONValue, JSONValue?)])
    func `Fields that a joined set does not decide are refused`(field: String, own: JSONValue, other: JSONValue?) throws {
        func read(_ whole: JSONValue?, _ part: JSONValue?) throws -> DatasetSettings {
            var (object, set) = (["kind": "folder", "path": "x"] as JSONObject, ["kind": "folder", "path": "y"] as JSONObject)
            (object[field], set[field]) = (whole, part)
            object["unlabelled"] = [.object(set)]
            return try DatasetSettings(json: JSONCursor(object))
        }
        for (whole, part) in [(nil, own), (own, other)] where part != nil {
            let error = #expect(throws: JSONMismatch.self) { try read(whole, part) }
            #expect(error?.pointer == "/unlabelled/0/\(field)" && error?.expected.hasPrefix("nothing, or ") == true)
        }
        #expect(throws: Never.self) { try read(own, own) }
        // A run's own file says of the joined set what would hold by itself.
        let settings = try read(own, nil)
        #expect(try DatasetSettings(json: JSONCursor(settings.json)) == settings)
    }

    @Test func `The settings of the shipped models are read`() throws {
        let models = URL(fileURLWithPath: KindTests.root).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Models").path
        var joined = 0
        for model in try FileManager.default.contentsOfDirectory(atPath: models) {
            for name in ["train.json", "train-base.json"] where FileManager.default.fileExists(atPath: "\(models)/\(model)/\(name)") {
                let json = try DatasetSettings.configuration(path: "\(models)/\(model)/\(name)")
                let settings = try DatasetSettings(json: JSONCursor(json))
                #expect(settings.json == json, "\(model)/\(name)")
                joined += settings.unlabelled.count
            }
        }
        #expect(joined > 0)
    }

    @Test(arguments: ["attributes", "unlabelled"])
    func `A set without labels is given none`(field: String) {
        let json: JSONObject = [
            "kind": "folder", "path": "x", "unlabelled": [["kind": "folder", "path": "y", field: []]],
        ]
        #expect { try DatasetSettings(json: JSONCursor(json)) } throws: { ($0 as? JSONMismatch)?.pointer == "/unlabelled/0/\(field)" }
    }
}
