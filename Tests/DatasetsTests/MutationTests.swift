import Foundation
import Images
import JSON
import TestSupport
import Testing

@testable import Datasets

/// 10,000 spoilt files of each format: every one is read or refused, none ends the program.
@Suite struct MutationTests {
    private static let cases = 10_000

    /// One to four places changed, most of them near the beginning; sometimes the end is missing.
    private static func mutated(_ bytes: [UInt8], seed: Int) -> [UInt8] {
        var draw = SplitMix64(state: UInt64(seed))
        var bytes = bytes
        for _ in 0..<1 + draw.next(below: 4) {
            let place = draw.next(below: draw.next(below: 3) == 0 ? bytes.count : min(600, bytes.count))
            switch draw.next(below: 4) {
            case 0: bytes[place] ^= 1 << UInt8(draw.next(below: 8))
            case 1: bytes[place] = UInt8(draw.next(below: 256))
            case 2: for end in place..<min(place + 4, bytes.count) { bytes[end] = 0xFF }
            default: for end in place..<min(place + 2, bytes.count) { bytes[end] = [0, 0x7F, 0x80][draw.next(below: 3)] }
            }
        }
        if draw.next(below: 8) == 0 { bytes.removeLast(draw.next(below: bytes.count)) }
        return bytes
    }

    private static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(KindTests.root)/\(name)")))
    }

    /// - Parameter share: of the cases, where a format has several files.
    /// - Returns: how many of them were read.
    private static func readable(_ name: String, share: Int, _ read: ([UInt8]) throws -> Void) throws -> Int {
        let whole = try bytes(name)
        try read(whole)
        return (0..<cases / share + 1).count { seed in (try? read(mutated(whole, seed: seed))) != nil }
    }

    private static func folder(_ fixture: FolderFixture, kind: String, named name: String, of bytes: [UInt8]) throws {
        try fixture.write(bytes, to: name)
        var settings = try fixture.settings(["kind": .string(kind)])
        if kind == "medmnist" { settings.path += "/\(name)" }
        let set = try settings.open()
        for index in [0, set.count - 1] { _ = try set.pixels(index) }
    }

    @Test func `Tables`() throws {
        let table = "filename,view,patient\na.png,PA,\"1\"\nb.png,AP,\"2, \"\"x\"\"\"\r\nc.png,,3\n"
        let whole = Array(table.utf8)
        let read = (0..<Self.cases).count { seed in
            (try? CSVTable(path: "x", bytes: Self.mutated(whole, seed: seed))) != nil
        }
        #expect(read > 0 && read < Self.cases)
    }

    @Test(arguments: ["grey.jpg", "colour420.jpg", "progressive.jpeg"])
    func `JPEG`(name: String) throws {
        let read = try Self.readable("jpeg/\(name)", share: 3) { _ = try PictureFile.read($0, path: "x") }
        #expect(read < Self.cases)
    }

    @Test func `NumPy's archives`() throws {
        let fixture = try FolderFixture()
        for name in ["pneumoniamnist.npz", "own.npz"] {
            let read = try Self.readable("npz/\(name)", share: 2) {
                try Self.folder(fixture, kind: "medmnist", named: name, of: $0)
            }
            #expect(read < Self.cases)
        }
    }

    @Test func `Headers of NumPy's arrays`() throws {
        let text = "{'descr': '|u1', 'fortran_order': False, 'shape': (5, 4, 6), }"
        var header: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.utf8.count), 0]
        header += Array(text.utf8)
        let read = (0..<Self.cases).count { seed in
            let bytes = Self.mutated(header, seed: seed)
            return (try? NPYHeader(bytes, size: header.count + 120, path: "x", item: "y")) != nil
        }
        #expect(read > 0 && read < Self.cases)
    }

    @Test(arguments: ["IXI000-HH-1000-T1.nii.gz", "IXI009-Guys-1009-PD.nii"])
    func `NIfTI`(name: String) throws {
        let fixture = try FolderFixture()
        let read = try Self.readable("nifti/\(name)", share: 2) { try Self.folder(fixture, kind: "nifti", named: name, of: $0) }
        #expect(read < Self.cases)
    }

    @Test(arguments: ["train", "valid"])
    func `HDF5`(part: String) throws {
        let fixture = try FolderFixture()
        let name = "camelyonpatch_level_2_split_\(part)_"
        try fixture.write(try Self.bytes("pcam/\(name)y.h5"), to: "\(name)y.h5")
        let read = try Self.readable("pcam/\(name)x.h5", share: 2) {
            try Self.folder(fixture, kind: "pcam", named: "\(name)x.h5", of: $0)
        }
        #expect(read < Self.cases)
    }

    @Test func `DICOM`() throws {
        let whole = try Self.bytes("dicom/a.dcm")
        let read = (0..<Self.cases).count { seed in (try? DICOMFacts(Self.mutated(whole, seed: seed))) != nil }
        #expect(read > 0 && read < Self.cases)
    }

    /// Samples lie in one byte or in two: of another depth a cache is made anew, however well its size fits.
    @Test(arguments: 7...17)
    func `Caches of pixels of a depth that is not stored are none`(bits: Int) throws {
        let fixture = try FolderFixture(), shape = PixelShape(height: 4, width: 4, channels: 1)
        let header = PixelCache.Header(key: "a", shape: shape, bitDepth: bits, images: [], skipped: [], digest: "b")
        let pixels = [UInt8](repeating: 7, count: 3 * header.bytesAnImage)
        try fixture.write(pixels + PixelCache.ending(header, count: 3), to: "cache")
        let opened = PixelCache(path: "\(fixture.path)/cache", key: "a", shape: shape)
        #expect((opened != nil) == [8, 16].contains(bits))
        #expect(opened.map { $0.values(2).count == 16 } ?? true)
    }

    @Test func `Caches of prepared pixels`() throws {
        let fixture = try FolderFixture()
        for image in 0..<3 { try fixture.write(try FolderFixture.picture(seed: image, side: 4), to: "\(image).png") }
        let settings = try fixture.settings()
        let cache = "\(fixture.path)/.cache"
        _ = try settings.prepare(size: 4, channels: 1, cache: cache)
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: cache).first)
        let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(cache)/\(name)")))
        let shape = PixelShape(height: 4, width: 4, channels: 1)
        let header = try #require(String(decoding: whole, as: UTF8.self).firstMatch(of: /"key":"(\w+)"/)).output.1
        for seed in 0..<Self.cases {
            // What lies behind the pixels is what is read first.
            let bytes = Array(whole.prefix(48)) + Self.mutated(Array(whole.dropFirst(48)), seed: seed)
            try fixture.write(bytes, to: ".cache/spoilt")
            let opened = PixelCache(path: "\(cache)/spoilt", key: String(header), shape: shape)
            for place in opened?.header.images.indices ?? 0..<0 { _ = opened?.values(place) }
        }
    }
}
