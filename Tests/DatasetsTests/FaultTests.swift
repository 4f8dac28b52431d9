import Foundation
import Images
import JSON
import Testing

@testable import Datasets

/// What is wrong with a set is said in one message: where, expected, got, the way out.
@Suite struct FaultTests {
    @Test func `Columns, rows and files that do not fit together are named`() throws {
        let fixture = try FolderFixture.chests()
        let unknown = FolderFixture.message { _ = try fixture.settings(["attributes": ["veiw"]]).open() }
        #expect(unknown.hasSuffix("labels.csv: column veiw: expected one of filename, view, findings, patient_id, split, got no such column"))
        try fixture.write(try FolderFixture.picture(seed: 99), to: "png/99.png")
        let unlisted = FolderFixture.message { _ = try fixture.settings().open() }
        #expect(unlisted.contains("labels.csv: 1 files: expected a row for each, got none for png/99.png"))
        try FileManager.default.removeItem(atPath: "\(fixture.path)/png/99.png")
        try FileManager.default.removeItem(atPath: "\(fixture.path)/png/7.png")
        let missing = FolderFixture.message { _ = try fixture.settings().open() }
        #expect(missing.contains("labels.csv: 1 rows: expected the files they name, got no ") && missing.contains("png/7.png; \"on_error\""))
        let set = try fixture.settings(["on_error": "skip"]).open()
        #expect(set.count == 59 && set.notes.contains("1 rows without files were left out, the first png/7.png"))
    }

    @Test func `Tables that are cut off or of odd rows are refused`() throws {
        for (text, words) in [
            ("a,b\n1,2\n3\n", "row 3: expected 2 fields, as the header has, got 1"),
            ("a,b\n1,\"2\n", "expected quotes that are closed, got 1 of them"),
            ("a,b\n", "expected rows below the header, got none"),
            ("a,b\n1,2,3\n", "row 2: expected 2 fields, as the header has, got 3"),
        ] {
            let message = FolderFixture.message { _ = try CSVTable(path: "t.csv", bytes: Array(text.utf8)) }
            #expect(message.hasPrefix("t.csv: ") && message.contains(words), "\(message)")
        }
        let table = try CSVTable(path: "t.csv", bytes: [0xEF, 0xBB, 0xBF] + Array("a,b\r\n\"x, \"\"y\"\"\nz\",\r\n\r\n1,2".utf8))
        #expect(table.header == ["a", "b"] && table.rows == [["x, \"y\"\nz", ""], ["1", "2"]])
    }

    @Test func `Small and empty classes are refused, merged when asked, or kept`() throws {
        let fixture = try FolderFixture()
        for (name, count) in [("a", 30), ("b", 25), ("c", 3), ("d", 2)] {
            for image in 0..<count {
                try fixture.write(try FolderFixture.picture(seed: image + 100 * count, side: 4), to: "\(name)/\(image).png")
            }
        }
        let cache = "\(fixture.path)/.cache"
        func prepare(_ members: JSONObject) throws -> PreparedDataset {
            try fixture.settings(members).prepare(size: 4, channels: 1, cache: cache).training
        }
        let message = FolderFixture.message { _ = try prepare([:]) }
        #expect(message.contains("attribute class, class d: expected at least 20 images, got 2 (2 of 4 classes have too few)"))
        let merged = try prepare(["small_classes": "merge"])
        #expect(merged.attributes == [DatasetAttribute(name: "class", values: ["a", "b", "other"])])
        let index = try #require((0..<merged.count).first { merged.name($0).contains("/c/") || merged.name($0).contains("/d/") })
        #expect(merged.labels(index) == DatasetLabels([[2]]))
        #expect(try prepare(["small_classes": "keep"]).attributes[0].values.count == 4)
        let pattern: JSONValue = ["name": "class", "pattern": "^(\\w)/", "values": ["a", "b", "c", "d", "e"]]
        let empty = FolderFixture.message { _ = try prepare(["small_classes": "keep", "attributes": [pattern]]) }
        #expect(empty.contains("class e: expected at least 20 images, got none: an empty class"))
        let unknown: JSONValue = ["name": "class", "pattern": "^(\\w)/", "values": ["a", "b"]]
        #expect(FolderFixture.message { _ = try prepare(["attributes": [unknown]]) }.contains("expected one of the values of class, a, b, got \"c\""))
    }

    /// What a run would refuse is found by looking at the set, with the way out.
    @Test func `An inspection tells the classes that a run refuses`() throws {
        let fixture = try FolderFixture()
        for (name, count) in [("a", 30), ("b", 20), ("c", 3)] {
            for image in 0..<count {
                try fixture.write(try FolderFixture.picture(seed: image + 100 * count, side: 4), to: "\(name)/\(image).png")
            }
        }
        func inspect(_ members: JSONObject) throws -> DatasetInspection {
            DatasetInspection(try fixture.settings(members).open(), try fixture.settings(members))
        }
        let few = try inspect([:])
        #expect(few.refusedClasses == [RefusedClass(attribute: "class", value: "c", images: 3)])
        #expect(few.text.contains("""
            classes that phantom train refuses, of fewer than 20 images:
              class c  3
              in train.json: "small_classes": "merge" makes them one class other, "keep" trains with them

            """), "\(few.text)")
        #expect(few.json["refused_classes"] == [["attribute": "class", "class": "c", "images": 3]])
        let pattern: JSONValue = ["name": "class", "pattern": "^(\\w)/", "values": ["a", "b", "c", "d"]]
        let empty = try inspect(["small_classes": "keep", "attributes": [pattern]])
        #expect(empty.refusedClasses.map(\.value) == ["d"] && empty.text.contains("in train.json: leave it out of the values, or"))
        for words in ["merge", "keep"] {
            let kept = try inspect(["small_classes": .string(words)])
            #expect(kept.refusedClasses.isEmpty && !kept.text.contains("phantom train refuses"))
        }
        // Of what cannot be read nothing is learnt.
        try fixture.write(Array("no picture".utf8), to: "b/0.png")
        #expect(try inspect(["on_error": "skip"]).refusedClasses.map(\.value) == ["b", "c"])
    }

    @Test func `A bad picture ends the run, or is left out and listed`() throws {
        let fixture = try FolderFixture.chests()
        let bytes = try PNGEncoder.encode(try FolderFixture.picture(seed: 7)).bytes
        try fixture.write(Array(bytes.dropLast(30)), to: "png/7.png")
        let cache = "\(fixture.path)/.cache"
        let none: JSONObject = ["attributes": []]
        let message = FolderFixture.message { _ = try fixture.settings(none).prepare(size: 8, channels: 1, cache: cache) }
        #expect(message.contains("png/7.png: ") && message.contains("\"on_error\": \"skip\""))
        #expect(try FileManager.default.contentsOfDirectory(atPath: cache).isEmpty)
        for _ in 0..<2 {
            let skipping: JSONObject = ["attributes": [], "on_error": "skip"]
            let (training, validation) = try fixture.settings(skipping).prepare(size: 8, channels: 1, cache: cache)
            #expect(training.count + validation.count == 59)
            #expect(training.skipped.map(\.index) == [7] && training.skipped[0].reason.contains("png/7.png"))
        }
    }

    /// What is taken from the first picture for all of them is taken from the first that can be read.
    @Test func `A first picture that cannot be read is left out like any other`() throws {
        let fixture = try FolderFixture.chests(), whole = try FolderFixture.chests()
        try fixture.write("no PNG", to: "png/0.png")
        let strict = try fixture.settings(["attributes": ["view"]])
        let lenient = try fixture.settings(["attributes": ["view"], "on_error": "skip"])
        let cropped: JSONObject = ["attributes": [], "crops": ["side": 6]]
        #expect(FolderFixture.message { _ = try fixture.settings(cropped).open() }.contains("png/0.png: "))
        var crops = try fixture.settings(cropped)
        crops.onError = .skip
        let (training, validation) = try crops.prepare(size: 6, channels: 1, cache: "\(fixture.path)/.cache")
        #expect(training.count + validation.count == 59 * 4 && training.skipped.map(\.index) == [0, 1, 2, 3])

        #expect(FolderFixture.message { _ = try ContactSheet(strict.open(), strict, side: 12, channels: nil) }.contains("png/0.png: "))
        let sheet = try ContactSheet(lenient.open(), lenient, side: 12, channels: nil)
        #expect(sheet.rows == ["AP", "PA"] && sheet.picture.channels == 1)

        let synthetic = try whole.settings(["attributes": ["view"]]).open()
        var layout = Gallery.Layout()
        (layout.columns, layout.side) = (3, 12)
        for (real, made) in [(try lenient.open(), synthetic), (synthetic, try lenient.open())] {
            #expect(throws: (any Error).self) { try Gallery(real: real, settings: strict, synthetic: made, layout: layout) }
            #expect(try Gallery(real: real, settings: lenient, synthetic: made, layout: layout).rows.count == 2)
        }
    }

    @Test func `Where no picture can be read the first says why`() throws {
        let fixture = try FolderFixture()
        for name in ["a.png", "b.png"] { try fixture.write("no PNG", to: name) }
        let settings = try fixture.settings(["on_error": "skip", "crops": ["side": 6]])
        #expect(FolderFixture.message { _ = try settings.open() }.contains("a.png: "))
    }

    /// The object that a message's remedy names in parentheses, such as `"own_split": false`.
    private static func remedy(_ message: String) throws -> JSONObject {
        let member = try #require(message.firstMatch(of: /\(("\w+": [^)]+)\)/)).output.1
        return try #require(try JSONReader().read("{\(member)}").object)
    }

    @Test(arguments: [("test", "train", "in test and in "), ("test", "val", "in test and in validation"), ("train", "val", "in training and in validation")])
    func `One group in two parts is refused, and what the message says helps`(first: String, second: String, words: String) throws {
        let fixture = try FolderFixture.chests()
        var table = "filename,patient_id,split\n"
        for image in 0..<60 {
            let part = image == 1 ? second : image < 3 ? first : "train"
            table += "png/\(image).png,p\(image / 3),\(part)\n"
        }
        try fixture.write(table, to: "labels.csv")
        let cache = "\(fixture.path)/.cache"
        let message = FolderFixture.message { _ = try fixture.settings().prepare(size: 8, channels: 1, cache: cache) }
        #expect(message.contains("expected each group on one side of the split, got p0 \(words)"), "\(message)")
        let (training, validation) = try fixture.settings(Self.remedy(message)).prepare(size: 8, channels: 1, cache: cache)
        #expect(training.count + validation.count == 60 && validation.count > 0)
    }

    @Test func `One group on both sides of the set's own split is refused`() throws {
        let fixture = try FolderFixture.chests()
        var table = "filename,patient_id,split\n"
        for image in 0..<60 { table += "png/\(image).png,p\(image / 3),\(image % 10 == 0 ? "val" : "train")\n" }
        try fixture.write(table, to: "labels.csv")
        let cache = "\(fixture.path)/.cache"
        let message = FolderFixture.message { _ = try fixture.settings().prepare(size: 8, channels: 1, cache: cache) }
        #expect(message.contains("expected each group on one side of the split, got p0 in training and in validation"))
        let free = try fixture.settings(["own_split": false]).prepare(size: 8, channels: 1, cache: cache)
        #expect(free.validation.count > 0)
        let inspection = DatasetInspection(try fixture.settings().open(), try fixture.settings())
        #expect(inspection.leaks.dividedGroups.contains("p0") && inspection.leaks.hasLeaks)
        #expect(inspection.text.contains("group p0 is in two parts of the set's own split"))
    }
}
