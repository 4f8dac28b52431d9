import FoundationEssentials
import Images
import Testing

/// DICOM files against what pydicom shows of them (Tests/Fixtures/dicom/make_readings.py).
@Suite struct DICOMReadingTests {
    private static func rows() throws -> [[String]] { try Fixtures.lines("readings.tsv", in: Fixtures.dicom) }

    @Test func `Every form of pixels and windows shows what pydicom shows`() throws {
        let rows = try Self.rows().filter { $0[0].hasPrefix("read/") }
        #expect(rows.count == 24)
        for row in rows {
            let image = try DICOMDecoder.decode(try Fixtures.bytes(Fixtures.dicom.appending(path: row[0]))).image
            #expect(Self.facts(image) == Array(row[1...]), "\(row[0])")
        }
    }

    @Test(.enabled(if: Fixtures.sharedDICOM != nil, "pydicom's sample files are not beside this checkout"))
    func `pydicom's sample files are shown as it shows them or refused`() throws {
        let folder = try #require(Fixtures.sharedDICOM)
        let rows = try Self.rows().filter { !$0[0].hasPrefix("read/") }
        #expect(rows.count == 44)
        for row in rows {
            let bytes = try Fixtures.bytes(folder.appending(path: row[0]))
            if row.count == 2 {
                let error = #expect(throws: ImageError.self, "\(row[0])") { try DICOMDecoder.decode(bytes) }
                #expect(error?.kind.rawValue == row[1], "\(row[0]): \(error?.description ?? "")")
            } else {
                #expect(Self.facts(try DICOMDecoder.decode(bytes).image) == Array(row[1...]), "\(row[0])")
            }
        }
    }

    private static func facts(_ image: PixelImage) -> [String] {
        [image.width, image.height, image.channels, image.bitDepth].map(String.init) + [ConformanceTests.digest(image)]
    }

    @Test(arguments: [
        ("1.2.840.10008.1.2.2", "Explicit VR Big Endian (1.2.840.10008.1.2.2)"), ("1.2.840.10008.1.2.1.99", "Deflated Explicit VR Little Endian"),
        ("1.2.840.10008.1.2.4.70", "JPEG Lossless, First-Order Prediction"), ("1.2.840.10008.1.2.4.90", "JPEG 2000 Lossless"),
        ("1.2.840.10008.1.2.5", "RLE Lossless"), ("1.2.3", "1.2.3"),
    ])
    func `A compressed file is refused by the name of its transfer syntax`(uid: String, name: String) throws {
        var file = HandmadeDICOM.grey
        file.meta[0].value = Array(uid.utf8) + (uid.utf8.count % 2 == 1 ? [0] : [])
        let error = try #require(throws: ImageError.self) { try DICOMDecoder.decode(file.bytes) }
        #expect(error.kind == .unsupported)
        #expect(error.got.hasPrefix(name))
    }

    @Test func `A handmade file shows its pixels, and the window of its tags`() throws {
        #expect(try DICOMDecoder.decode(HandmadeDICOM.grey.bytes).image.samples == [0, 51, 102, 255])
        var file = HandmadeDICOM.grey
        file.set(0x0028, 0x1050, "DS", Array("64.0".utf8))
        file.set(0x0028, 0x1051, "DS", Array("129 ".utf8))
        // LINEAR: ((x - 63.5) / 128 + 0.5) 255, and white above 127.5.
        #expect(try DICOMDecoder.decode(file.bytes).image.samples == [1, 103, 204, 255])
        file.set(0x0028, 0x0004, "CS", Array("MONOCHROME1 ".utf8))
        #expect(try DICOMDecoder.decode(file.bytes).image.samples == [254, 152, 51, 0])
    }

    /// Each is one change of a sound file, with what the refusal must name.
    @Test(arguments: [
        (0x0028, 0x0002, "US", [3, 0], ImageError.Kind.damaged, "(0028,0002)"), (0x0028, 0x0004, "CS", Array("PALETTE COLOR ".utf8), .unsupported, "photometric"),
        (0x0028, 0x0004, "CS", Array("YBR_FULL".utf8), .unsupported, "photometric"), (0x0028, 0x0008, "IS", Array("2 ".utf8), .unsupported, "frames"),
        (0x0028, 0x0010, "US", [0, 0], .damaged, "(0028,0010)"), (0x0028, 0x0010, "US", [3, 0], .damaged, "pixels of a 2x3"),
        (0x0028, 0x0010, "US", [2, 0, 0, 0], .damaged, "(0028,0010)"), (0x0028, 0x0011, "US", [1, 0], .damaged, "pixels of a 1x2"),
        (0x0028, 0x0100, "US", [32, 0], .unsupported, "bits allocated"), (0x0028, 0x0101, "US", [9, 0], .damaged, "(0028,0101)"),
        (0x0028, 0x0101, "US", [0, 0], .damaged, "(0028,0101)"), (0x0028, 0x0102, "US", [6, 0], .damaged, "(0028,0102)"),
        (0x0028, 0x0103, "US", [2, 0], .damaged, "(0028,0103)"), (0x0028, 0x1050, "DS", Array("64".utf8), .damaged, "window"),
        (0x0028, 0x1053, "DS", Array("0 ".utf8), .damaged, "(0028,1053)"), (0x0028, 0x1053, "DS", Array("inf ".utf8), .damaged, "(0028,1053)"),
        (0x0028, 0x1053, "DS", Array("0x1p3 ".utf8), .damaged, "(0028,1053)"), (0x0028, 0x1052, "DS", Array("1e300 ".utf8), .damaged, "(0028,1052)"),
        (0x0028, 0x3000, "SQ", [], .unsupported, "modality"), (0x0028, 0x3010, "SQ", [], .unsupported, "window"),
        (0x7FE0, 0x0008, "OF", [0, 0, 0, 0], .unsupported, "pixels"), (0x0002, 0x0010, "UI", Array("1.2 ".utf8), .damaged, "data element"),
    ] as [(UInt16, UInt16, String, [UInt8], ImageError.Kind, String)])
    func `What is not sound is refused by name`(
        group: UInt16, element: UInt16, representation: String, value: [UInt8], kind: ImageError.Kind, what: String
    ) throws {
        var file = HandmadeDICOM.grey
        file.set(group, element, representation, value)
        let error = try #require(throws: ImageError.self) { try DICOMDecoder.decode(file.bytes) }
        #expect(error.kind == kind)
        #expect(error.description.contains(what), "\(error)")
    }

    @Test(arguments: [("LINEAR", "0.5 "), ("LINEAR_EXACT", "0 "), ("SIGMOID ", "-1"), ("CUBIC ", "10")])
    func `A window that is none is refused`(function: String, width: String) throws {
        var file = HandmadeDICOM.grey
        file.set(0x0028, 0x1050, "DS", Array("64".utf8))
        file.set(0x0028, 0x1051, "DS", Array(width.utf8))
        file.set(0x0028, 0x1056, "CS", Array(function.utf8))
        #expect(throws: ImageError.self) { try DICOMDecoder.decode(file.bytes) }
    }

    @Test func `The limit holds to the pixel, and what is no DICOM is told apart`() throws {
        #expect(try DICOMDecoder.decode(HandmadeDICOM.grey.bytes, pixels: 4).image.width == 2)
        let error = #expect(throws: ImageError.self) { try DICOMDecoder.decode(HandmadeDICOM.grey.bytes, pixels: 3) }
        #expect(error?.kind == .overLimit)
        for bytes in [[], [UInt8](repeating: 0, count: 132), Array("DICM".utf8)] {
            #expect(!DICOMDecoder.accepts(bytes))
            #expect(#expect(throws: ImageError.self) { try DICOMDecoder.decode(bytes) }?.kind == .notDICOM)
        }
    }
}
