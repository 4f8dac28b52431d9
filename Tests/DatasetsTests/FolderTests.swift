import Foundation
import Images
import JSON
import Testing

@testable import Datasets

@Suite struct FolderTests {
    private static let attributes: JSONObject = [
        "attributes": ["view", ["name": "finding", "column": "findings", "multiple": true]]
    ]

    @Test func `A table says what its pictures show`() throws {
        let fixture = try FolderFixture.chests()
        let set = try fixture.settings(Self.attributes).open()
        #expect(set.count == 60)
        #expect(set.attributes == [
            DatasetAttribute(name: "view", values: ["AP", "PA"]),
            DatasetAttribute(name: "finding", values: ["Effusion", "Mass, large"], multiple: true),
        ])
        #expect(set.labels(0) == DatasetLabels([[1], [0, 1]]))
        #expect(set.labels(1) == DatasetLabels([[0], [0]]))
        #expect(set.labels(2) == DatasetLabels([[1], []]))
        #expect(set.group(5) == "p1" && set.name(5) == "\(fixture.path)/png/5.png")
        #expect(try set.pixels(7) == FolderFixture.picture(seed: 7))
        #expect(set.part(0) == .training)
    }

    @Test func `One folder is one class, below folders of the parts`() throws {
        let fixture = try FolderFixture()
        for (place, name) in ["train/NORMAL/IM-1-1", "train/PNEUMONIA/person7_virus_1", "val/NORMAL/IM-2-1"].enumerated() {
            try fixture.write(try FolderFixture.picture(seed: place), to: "chest/\(name).png")
        }
        var settings = try fixture.settings(["group_pattern": "(person\\d+|IM-\\d+)"])
        settings.path += "/chest"
        let set = try settings.open()
        #expect(set.attributes == [DatasetAttribute(name: "class", values: ["NORMAL", "PNEUMONIA"])])
        #expect((0..<3).map { set.labels($0)[0] } == [[0], [1], [0]])
        #expect((0..<3).map { set.group($0) } == ["IM-1", "person7", "IM-2"])
        #expect((0..<3).map { set.part($0) } == [.training, .training, .validation])
    }

    /// Of these `train` and `val` would be two things that images show, and what is held out would be trained with.
    @Test func `Pictures in the folders of the parts themselves have no class`() throws {
        let fixture = try FolderFixture()
        for (place, name) in ["train/a", "train/b", "val/c", "test/d"].enumerated() {
            try fixture.write(try FolderFixture.picture(seed: place), to: "\(name).png")
        }
        let set = try fixture.settings().open()
        let parts = Dictionary(uniqueKeysWithValues: (0..<4).map { (set.group($0), set.part($0)) })
        #expect(set.attributes.isEmpty)
        #expect(
            parts == ["train/a.png": .training, "train/b.png": .training, "val/c.png": .validation, "test/d.png": .test])
    }

    /// A pattern with a slip in it would make each image a patient of its own, on both sides of the split.
    @Test func `A pattern that fits no path is refused, and one that fits some says so`() throws {
        let fixture = try FolderFixture.chests(), folders = try FolderFixture()
        for place in 0..<4 {
            try folders.write(try FolderFixture.picture(seed: place), to: "a/\(place < 3 ? "person\(place)_" : "x")1.png")
        }
        for (set, attributes) in [(fixture, "view"), (folders, "class")] {
            let message = FolderFixture.message {
                var settings = try set.settings(["group_pattern": "patient(\\d+)"])
                if attributes == "view" { settings.attributes = nil }
                _ = try settings.open()
            }
            #expect(message.contains("group_pattern: expected one that fits the paths"), "\(message)")
            #expect(message.contains("patient(\\d+), which fits none of"), "\(message)")
        }
        let set = try folders.settings(["group_pattern": "(person\\d+)"]).open()
        #expect((0..<4).map { set.group($0) } == ["person0", "person1", "person2", "a/x1.png"])
        #expect(set.notes.contains { $0.hasPrefix("1 images, the first a/x1.png, are groups of their own") }, "\(set.notes)")
    }

    @Test func `Groups are never divided, and a set that grows keeps its split`() throws {
        let fixture = try FolderFixture.chests()
        let set = try fixture.settings(Self.attributes).open()
        let split = GroupSplit(validation: 0.3)
        let all = try split.sides(of: set, among: Array(0..<60), path: "")
        let some = try split.sides(of: set, among: Array(0..<45), path: "")
        #expect(all.training.count + all.validation.count == 60 && all.validation.count >= 6)
        let held = Set(all.validation.map { set.group($0) })
        #expect(held.isDisjoint(with: all.training.map { set.group($0) }))
        #expect(some.validation == all.validation.filter { $0 < 45 })
    }

    @Test func `A set is prepared once, into the values of a network`() throws {
        let fixture = try FolderFixture.chests()
        var settings = try fixture.settings(Self.attributes)
        settings.smallClasses = .keep
        let cache = "\(fixture.path)/.cache"
        let first = try settings.prepare(size: 12, channels: 1, cache: cache)
        #expect(first.training.count + first.validation.count == 60)
        #expect(first.training.height == 12 && first.training.width == 12 && first.training.channels == 1)
        let stored = try FolderFixture.picture(seed: 0)
        let place = try #require((0..<first.training.count).first { first.training.name($0).hasSuffix("/0.png") })
        #expect(first.training.values(place) == stored.samples.map { Float(Double($0) / 255 * 2 - 1) })
        #expect(try first.training.picture(place) == stored)
        #expect(first.training.labels(place) == DatasetLabels([[1], [0, 1]]))
        let files = try FileManager.default.contentsOfDirectory(atPath: cache)
        #expect(files.count == 1)
        let again = try settings.prepare(size: 12, channels: 1, cache: cache)
        #expect(again.training.digest == first.training.digest)
        #expect(try FileManager.default.contentsOfDirectory(atPath: cache) == files)
        // Other channels and another size are other pixels.
        let colours = try settings.prepare(size: 6, channels: 3, cache: cache)
        #expect(colours.training.values(0).count == 108 && colours.training.digest != first.training.digest)
        #expect(try FileManager.default.contentsOfDirectory(atPath: cache).count == 2)
    }

    @Test func `A changed picture is prepared anew, and so is a cache cut off`() throws {
        let fixture = try FolderFixture.chests()
        var settings = try fixture.settings()
        settings.attributes = []
        let cache = "\(fixture.path)/.cache"
        let before = try settings.prepare(size: 12, channels: 1, cache: cache).training.digest
        try fixture.write(try FolderFixture.picture(seed: 1000), to: "png/3.png")
        let after = try settings.prepare(size: 12, channels: 1, cache: cache).training.digest
        #expect(before != after)
        for file in try FileManager.default.contentsOfDirectory(atPath: cache) {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(cache)/\(file)"))
            try bytes.dropLast(100).write(to: URL(fileURLWithPath: "\(cache)/\(file)"))
        }
        #expect(try settings.prepare(size: 12, channels: 1, cache: cache).training.digest == after)
    }

    @Test func `16 bits are kept, also among pictures of 8`() throws {
        let fixture = try FolderFixture()
        for image in 0..<30 {
            let depth = image == 29 ? 16 : 8
            try fixture.write(try FolderFixture.picture(seed: image, bitDepth: depth), to: "\(image).png")
        }
        let (training, validation) = try fixture.settings(["validation": 0.2]).prepare(
            size: 12, channels: 1, cache: "\(fixture.path)/.cache")
        let deep = try FolderFixture.picture(seed: 29, bitDepth: 16).samples.map { Float(Double($0) / 65535 * 2 - 1) }
        let flat = try FolderFixture.picture(seed: 4).samples.map { Float(Double($0) / 255 * 2 - 1) }
        var found = 0
        for side in [training, validation] {
            for index in 0..<side.count {
                if side.name(index).hasSuffix("/29.png") { #expect(side.values(index) == deep); found += 1 }
                if side.name(index).hasSuffix("/4.png") { #expect(side.values(index) == flat); found += 1 }
            }
        }
        #expect(found == 2)
    }

    @Test func `Settings are written with their defaults, and read again`() throws {
        let given: JSONObject = [
            "kind": "folder", "path": "x", "attributes": ["view", ["name": "f", "multiple": true, "values": ["a", "b"]]],
            "validation": 0.25, "filter": "box", "on_error": "skip", "group_column": "patient",
        ]
        let settings = try DatasetSettings(json: JSONCursor(given))
        #expect(settings.json["small_classes"] == "refuse" && settings.json["fit"] == "crop")
        let again = try DatasetSettings(json: JSONCursor(settings.json))
        #expect(again.json == settings.json)
        let wrong: JSONObject = ["kind": "folder", "path": "x", "tabel": "y"]
        let message = FolderFixture.message { _ = try DatasetSettings(json: JSONCursor(wrong)) }
        #expect(message.hasPrefix("/tabel: expected one of the fields "))
    }

    @Test func `What was found is filled in, and opens the same`() throws {
        let fixture = try FolderFixture.chests()
        let settings = try fixture.settings(Self.attributes)
        let set = try settings.open()
        let filled = try settings.filledIn(for: set)
        #expect(filled.table == "labels.csv" && filled.fileColumn == "filename" && filled.groupColumn == "patient_id")
        #expect(filled.splitColumn == "split" && filled.attributes?[0].values == ["AP", "PA"])
        let again = try DatasetSettings(json: JSONCursor(filled.json)).open()
        #expect(again.attributes == set.attributes && (0..<60).allSatisfy { again.labels($0) == set.labels($0) })
        let classes = try FolderFixture()
        for name in ["a", "b"] { try classes.write(try FolderFixture.picture(seed: 1), to: "\(name)/1.png") }
        let plain = try classes.settings()
        let found = try plain.filledIn(for: try plain.open())
        #expect(try found.open().labels(1) == DatasetLabels([[1]]) && found.attributes?[0].values == ["a", "b"])
    }
}
