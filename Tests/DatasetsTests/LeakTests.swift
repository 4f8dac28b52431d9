import Foundation
import Images
import JSON
import Testing

@testable import Datasets

@Suite struct LeakTests {
    /// A soft picture of its own: sums of waves, drawn from the seed.
    private static func picture(seed: Int, side: Int = 40, gamma: Double = 1) throws -> PixelImage {
        let noise = try FolderFixture.picture(seed: seed, side: 12).samples.map { Double($0) / 255 }
        let samples = (0..<side * side).map { place -> UInt16 in
            let (x, y) = (Double(place % side) / Double(side), Double(place / side) / Double(side))
            let value = (0..<48).reduce(0.0) { sum, wave in
                let (a, b, phase) = (noise[3 * wave] * 24, noise[3 * wave + 1] * 24, noise[3 * wave + 2] * 6.3)
                return sum + sin(a * x + b * y + phase)
            }
            return UInt16(min(max(pow(min(max(value / 30 + 0.5, 0), 1), gamma) * 255, 0), 255))
        }
        return try PixelImage(width: side, height: side, channels: 1, bitDepth: 8, samples: samples)
    }

    /// 40 pictures of 40 patients, with those of `copies` in the place of others.
    private static func inspection(_ copies: [Int: PixelImage]) throws -> DatasetInspection {
        let fixture = try FolderFixture()
        var table = "filename,patient_id,split\n"
        for image in 0..<40 {
            try fixture.write(try copies[image] ?? picture(seed: image), to: "\(image).png")
            table += "\(image).png,p\(image),\(image < 30 ? "train" : "val")\n"
        }
        try fixture.write(table, to: "labels.csv")
        let settings = try fixture.settings()
        return DatasetInspection(try settings.open(), settings)
    }

    @Test func `Different pictures are no leak`() throws {
        let leaks = try Self.inspection([:]).leaks
        #expect(leaks.same.isEmpty && leaks.near.isEmpty && !leaks.hasLeaks && leaks.compared == 40)
    }

    @Test func `The same pixels in both parts are found`() throws {
        let inspection = try Self.inspection([35: try Self.picture(seed: 4)])
        #expect(inspection.leaks.same == [.init(first: 4, second: 35, correlation: 1, crossesSplit: true)])
        #expect(inspection.leaks.near.isEmpty && inspection.leaks.hasLeaks)
        #expect(inspection.text.contains("1 pairs of the same pixels in different groups, 1 of them across the split"))
    }

    @Test func `Copies of another contrast and size are found`() throws {
        let inspection = try Self.inspection([
            35: try Self.picture(seed: 4, gamma: 0.5),
            36: try Self.picture(seed: 7).resized(height: 64, width: 64, filter: .bicubic),
        ])
        #expect(inspection.leaks.near.map { [$0.first, $0.second] } == [[4, 35], [7, 36]])
        #expect(inspection.leaks.near.allSatisfy { $0.crossesSplit && $0.correlation >= 0.98 })
    }

    @Test func `Copies within one part are told, and are no leak`() throws {
        let leaks = try Self.inspection([5: try Self.picture(seed: 4)]).leaks
        #expect(leaks.same.count == 1 && !leaks.same[0].crossesSplit && !leaks.hasLeaks)
    }

    @Test func `A set that is written and read again is the same`() throws {
        let fixture = try FolderFixture.chests()
        let attributes: JSONObject = ["attributes": ["view", ["name": "findings", "multiple": true]]]
        let settings = try fixture.settings(attributes)
        let set = try settings.open()
        let folder = "\(fixture.path)/.export"
        let export = try DatasetExport(set, settings, to: folder, shape: nil)
        #expect(export.written == 60 && export.skipped.isEmpty)
        var again = try fixture.settings(attributes)
        again.path = folder
        let copy = try again.open()
        #expect(copy.count == 60 && copy.attributes == set.attributes)
        for index in 0..<60 {
            #expect(copy.labels(index) == set.labels(index) && copy.group(index) == set.group(index))
            #expect(try copy.pixels(index) == set.pixels(index))
        }
        let held = GroupSplit(validation: 0.1).heldOut(of: set)
        #expect((0..<60).filter { copy.part($0) == .validation } == held.sorted())
        #expect(throws: DatasetError.self) { try DatasetExport(set, settings, to: folder, shape: nil) }
    }

    /// A set whose export has no folder while the images 3 to 5 are read, as a disk may be full for a while.
    private struct LosingItsPlace: Dataset {
        let inner: any Dataset
        let folder: String
        var count: Int { inner.count }
        var attributes: [DatasetAttribute] { inner.attributes }
        func labels(_ index: Int) -> DatasetLabels { inner.labels(index) }
        func group(_ index: Int) -> String { inner.group(index) }
        func name(_ index: Int) -> String { inner.name(index) }
        func pixels(_ index: Int) throws -> PixelImage {
            if index == 3 { try FileManager.default.moveItem(atPath: folder, toPath: "\(folder)-away") }
            if index == 6 { try FileManager.default.moveItem(atPath: "\(folder)-away", toPath: folder) }
            return try inner.pixels(index)
        }
    }

    @Test func `What cannot be written is not left out as what cannot be read is`() throws {
        let fixture = try FolderFixture.chests()
        let settings = try fixture.settings(["on_error": "skip"]), folder = "\(fixture.path)/.lost"
        let error = #expect(throws: DatasetError.self) {
            try DatasetExport(LosingItsPlace(inner: settings.open(), folder: folder), settings, to: folder, shape: nil)
        }
        #expect(error?.description.contains("0000003.png: expected a writable place") == true, "\(String(describing: error))")
    }

    /// Of classes one after the other the first images would all be of one.
    @Test func `Some of a set's images are taken evenly from all of them`() throws {
        let fixture = try FolderFixture.chests()
        let settings = try fixture.settings()
        let folder = "\(fixture.path)/.some"
        #expect(try DatasetExport(settings.open(), settings, to: folder, shape: nil, most: 40).written == 40)
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".png") }.sorted()
        #expect(files.count == 40 && files.first == "0000000.png" && files.last == "0000058.png")
    }

    @Test func `A contact sheet shows the network's pixels, a row a class`() throws {
        let fixture = try FolderFixture.chests()
        let settings = try fixture.settings(["attributes": ["view"]])
        let sheet = try ContactSheet(try settings.open(), settings, side: 12, channels: nil)
        #expect(sheet.rows == ["AP", "PA"])
        #expect(sheet.picture.width == 12 * 14 + 2 && sheet.picture.height == 2 * 14 + 2)
        // The first of AP is picture 1, in the corner behind a gap of two pixels.
        let first = try FolderFixture.picture(seed: 1)
        for row in 0..<12 {
            let start = (row + 2) * sheet.picture.width + 2
            #expect(sheet.picture.samples[start..<start + 12].elementsEqual(first.samples[row * 12..<row * 12 + 12]))
        }
    }
}
