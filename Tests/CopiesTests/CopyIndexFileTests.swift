import Bytes
import Foundation
import TestSupport
import Testing

@testable import Copies

@Suite struct CopyIndexFileTests {
    private let index: CopyIndex

    init() throws { index = try DrawnPictures.index(12, heldOut: 6) }

    @Test func whatIsWrittenIsRead() throws {
        #expect(try CopyIndex(bytes: index.bytes, place: "index") == index)
        let folder = try TemporaryFolder()
        #expect(try CopyIndex.read(model: folder.path) == nil)
        try index.write(model: folder.path)
        #expect(try CopyIndex.read(model: folder.path) == index)
        #expect(try CopyIndex.read(model: folder.path, width: 48, height: 48, channels: 1) == index)
    }

    @Test func theSameImagesMakeTheSameBytes() throws {
        #expect(try DrawnPictures.index(12, heldOut: 6).bytes == index.bytes)
    }

    @Test func anIndexOfOtherImagesIsRefusedByName() throws {
        let folder = try TemporaryFolder()
        try index.write(model: folder.path)
        let error = try #require(throws: CopyError.self) {
            try CopyIndex.read(model: folder.path, width: 64, height: 48, channels: 1)
        }
        #expect("\(error)".contains("copies.phantomindex") && "\(error)".contains("48x48"), "\(error)")
        #expect(try index.differences(from: DrawnPictures.images(0..<12)) == 0)
        #expect(try index.differences(from: DrawnPictures.images(1..<13)) == 12)
        #expect(try index.differences(from: DrawnPictures.images(0..<13)) == 13)
    }

    /// 1,176 bytes an image, and at most 204 kB beside: 12 MB for 10,000 images.
    @Test func anImageTakesLessThan1300Bytes() throws {
        let larger = try DrawnPictures.index(112, heldOut: 6), large = try DrawnPictures.index(212, heldOut: 6)
        #expect((large.bytes.count - larger.bytes.count) / 100 < 1_300)
        #expect(larger.bytes.count < 112 * 1_300 + 210_000)
    }

    @Test func neitherFileNorPatientIsNamed() throws {
        let text = String(decoding: index.bytes, as: UTF8.self)
        #expect(!text.contains("patient"))
    }

    /// A byte that is changed anywhere, a file that is cut off anywhere: refused, and never a trap.
    @Test func damageIsRefused() throws {
        let bytes = index.bytes
        for place in Array(0..<400) + Array(stride(from: 400, to: bytes.count, by: 97)) {
            var damaged = bytes
            damaged[place] ^= 0x41
            #expect(throws: CopyError.self) { try CopyIndex(bytes: damaged, place: "index") }
        }
        for length in Array(0..<300) + Array(stride(from: 300, to: bytes.count, by: 997)) {
            #expect(throws: CopyError.self) { try CopyIndex(bytes: Array(bytes.prefix(length)), place: "index") }
        }
        #expect(throws: CopyError.self) { try CopyIndex(bytes: bytes + [0], place: "index") }
    }

    /// Headers that say what is not there, under a digest that is right.
    @Test(arguments: [
        (#""images":12"#, #""images":99999999999"#), (#""images":12"#, #""images":0"#), (#""images":12"#, #""images":-1"#),
        (#""images":12"#, #""images":2000000"#), (#""side":32"#, #""side":64"#), (#""features":11"#, #""features":65"#),
        (#""width":48"#, #""width":0"#), (#""channels":1"#, #""channels":9"#), (#""dataset":""#, #""dataset":"x"#),
        (#""images":12"#, #""images":12,"extra":1"#), (#""alarms":"#, #""alarms":9"#), (#""scores":"#, #""scores":9"#),
    ])
    func headersThatDoNotFitAreRefused(_ from: String, _ to: String) throws {
        let bytes = index.bytes
        let length = Int(UInt32(littleEndianBytes: bytes[8..<12]))
        let header = String(decoding: bytes[12..<12 + length], as: UTF8.self)
        let changed = header.replacingOccurrences(of: from, with: to)
        #expect(changed != header)
        var spoilt = Array(bytes[..<8])
        spoilt.append(littleEndian: UInt32(changed.utf8.count))
        spoilt += Array(changed.utf8) + bytes[(12 + length)..<(bytes.count - 32)]
        spoilt += Digest(of: spoilt).bytes
        let error = try #require(throws: CopyError.self) { try CopyIndex(bytes: spoilt, place: "index") }
        #expect(error.place.hasPrefix("index"))
    }

    /// Directions and scores that are no numbers, under a digest that is right.
    @Test func numbersThatAreNoneAreRefused() throws {
        let bytes = index.bytes
        let start = 12 + Int(UInt32(littleEndianBytes: bytes[8..<12]))
        let scores = start + 4 * Fingerprint.count * (index.directions.axes.count + 1) + 12 * 2 * index.directions.axes.count
        for place in [start, start + 4000, scores] {
            for pattern in [Float.nan, .infinity, 1e30].map(\.bitPattern) {
                var spoilt = Array(bytes.dropLast(32))
                for byte in 0..<4 { spoilt[place + byte] = UInt8(truncatingIfNeeded: pattern >> (8 * UInt32(byte))) }
                spoilt += Digest(of: spoilt).bytes
                #expect(throws: CopyError.self) { try CopyIndex(bytes: spoilt, place: "index") }
            }
        }
    }
}
