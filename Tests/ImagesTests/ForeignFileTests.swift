import Foundation
import Images
import Testing

/// What is sent in place of a picture is named.
@Suite struct ForeignFileTests {
    private static func padded(_ head: [UInt8], at offset: Int = 0) -> [UInt8] {
        [UInt8](repeating: 0, count: offset) + head + [UInt8](repeating: 0, count: 64)
    }

    @Test(arguments: [
        ("a JPEG file", padded([0xFF, 0xD8, 0xFF, 0xE0])), ("a TIFF file", padded(Array("II*\0".utf8))), ("a TIFF file", padded(Array("MM\0*".utf8))),
        ("a BMP file", padded(Array("BM".utf8) + [70, 0, 0, 0])), ("a WebP file", padded(Array("RIFF".utf8) + [9, 0, 0, 0] + Array("WEBPVP8 ".utf8))),
        ("a GIF file", padded(Array("GIF89a".utf8))), ("a NIfTI file", padded(Array("n+1\0".utf8), at: 344)),
        ("a gzip file", padded([0x1F, 0x8B, 8])), ("a zip archive", padded(Array("PK\u{3}\u{4}".utf8))), ("a PDF file", padded(Array("%PDF-1.7".utf8))),
        ("a HEIC or AVIF file", padded([0, 0, 0, 24] + Array("ftypheic".utf8))), ("an SVG drawing", padded(Array("<?xml version=\"1.0\"?>\n<svg>".utf8))),
        ("an HTML page", Array("\n<!DOCTYPE html>".utf8)), ("a JPEG 2000 file", padded([0, 0, 0, 12] + Array("jP  \r\n".utf8))),
        ("a DICOM data set without", padded([8, 0, 5, 0, 0x43, 0x53])), ("an empty file", []), ("something else", [1, 2, 3]),
        ("a pointer of Git LFS", Array("version https://git-lfs.github.com/spec/v1".utf8)), ("a NumPy array", padded([0x93] + Array("NUMPY".utf8))),
    ] as [(String, [UInt8])])
    func `It is named by its first bytes`(name: String, bytes: [UInt8]) {
        #expect(ForeignFile.description(bytes).hasPrefix(name))
    }

    /// Every beginning of every kind: nothing is looked for behind the end.
    @Test func `A short file is looked at as far as it goes`() {
        let nifti = Self.padded(Array("n+1\0".utf8), at: 344)
        for length in 0...nifti.count { #expect(!ForeignFile.description(Array(nifti.prefix(length))).isEmpty) }
    }
}
