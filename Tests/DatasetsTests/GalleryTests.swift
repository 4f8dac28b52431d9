import Foundation
import Images
import JSON
import TestSupport
import Testing

@testable import Datasets

@Suite struct GalleryTests {
    private func open(_ fixture: FolderFixture, _ attributes: JSONObject) throws -> (DatasetSettings, any Dataset) {
        let settings = try fixture.settings(attributes)
        return (settings, try settings.open())
    }

    /// Real images on the left, those of the other set that show the same on the right, a row for each combination.
    @Test func `Images that show the same lie beside each other`() throws {
        let real = try FolderFixture.chests(), synthetic = try FolderFixture.chests()
        let (settings, left) = try open(real, ["attributes": ["view", ["name": "findings", "multiple": true]]])
        let (_, right) = try open(synthetic, ["attributes": ["view"]])
        var layout = Gallery.Layout()
        (layout.columns, layout.side, layout.enlargement) = (3, 12, 2)
        let gallery = try Gallery(real: left, settings: settings, synthetic: right, layout: layout)
        #expect(Set(gallery.rows) == ["view=AP", "view=PA"])
        let (across, down) = (2 * 12 + 2, 2 * 12 + 2)
        #expect(gallery.picture.width == 6 * across + 2 + 12 && gallery.picture.height == 2 * down + 2)
        // Both halves of a row are the same here, as the sets are.
        for line in 0..<gallery.picture.height {
            let row = gallery.picture.samples[(line * gallery.picture.width)...].prefix(gallery.picture.width)
            let halves = (Array(row.dropFirst(2).prefix(3 * across)), Array(row.suffix(3 * across)))
            #expect(halves.0 == halves.1, "line \(line)")
        }
        // The first image of the upper row, each pixel four times.
        let value = gallery.rows[0] == "view=AP" ? 0 : 1
        let index = try #require((0..<left.count).first { left.labels($0)[0] == [value] })
        let first = try left.pixels(index)
        for (x, y) in [(0, 0), (5, 3), (11, 11)] {
            for (right, below) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                let place = (2 + 2 * y + below) * gallery.picture.width + 2 + 2 * x + right
                #expect(gallery.picture.samples[place] == first.samples[12 * y + x])
            }
        }
    }

    @Test func `A row that no real image shows stays empty on the left`() throws {
        let real = try FolderFixture.chests(), made = try FolderFixture()
        var table = "filename,view\n"
        for (place, view) in ["lateral", "PA"].enumerated() {
            try made.write(try FolderFixture.picture(seed: place), to: "\(place).png")
            table += "\(place).png,\(view)\n"
        }
        try made.write(table, to: "labels.csv")
        let (settings, left) = try open(real, ["attributes": ["view"]])
        let (_, right) = try open(made, ["attributes": ["view"]])
        var layout = Gallery.Layout()
        (layout.columns, layout.side) = (2, 12)
        let gallery = try Gallery(real: left, settings: settings, synthetic: right, layout: layout)
        #expect(gallery.rows == ["view=lateral", "view=PA"])
        let width = gallery.picture.width, half = gallery.picture.height / 2
        func isEmpty(_ line: Int) -> Bool {
            gallery.picture.samples[(line * width)...].prefix(2 * 14).allSatisfy { $0 == 128 }
        }
        #expect((0..<half).allSatisfy(isEmpty) && !(half..<2 * half).allSatisfy(isEmpty))
    }

    /// Labels of one name and another meaning would make a picture without any real image.
    @Test func `Sets that have no label in common are refused`() throws {
        let real = try FolderFixture.chests(), (settings, left) = try open(real, ["attributes": ["view"]])
        let (_, right) = try open(real, ["attributes": [["name": "view", "column": "findings"]]])
        let message = FolderFixture.message {
            _ = try Gallery(real: left, settings: settings, synthetic: right, layout: .init())
        }
        #expect(message.contains("expected a combination of labels that a real image shows, got none"), "\(message)")
    }

    @Test func `Sets that say nothing, or something else, are refused by name`() throws {
        let real = try FolderFixture.chests(), (settings, left) = try open(real, ["attributes": ["view"]])
        let (_, others) = try open(real, ["attributes": ["findings"]])
        #expect(throws: DatasetError.self) {
            try Gallery(real: left, settings: settings, synthetic: others, layout: .init())
        }
        var huge = Gallery.Layout()
        (huge.columns, huge.side, huge.enlargement) = (64, 4096, 16)
        #expect(throws: ImageError.self) {
            try Gallery(real: left, settings: settings, synthetic: left, layout: huge)
        }
        let (_, silent) = try open(real, [:])
        #expect(throws: DatasetError.self) {
            try Gallery(real: left, settings: settings, synthetic: silent, layout: .init())
        }
    }
}
