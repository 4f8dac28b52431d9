import Foundation
import Images
import Testing

/// What is sent in place of a picture is named.
@Suite struct ForeignPictureTests {
    /// Scalars as bytes of the same number, behind so many zeros and before 64 of them.
    private static func file(_ head: String, at offset: Int = 0) -> [UInt8] {
        let zeros = [UInt8](repeating: 0, count: offset)
        return zeros + head.unicodeScalars.map { UInt8($0.value) } + [UInt8](repeating: 0, count: 64)
    }

    @Test(arguments: [
        ("a JPEG file", 0, "\u{FF}\u{D8}\u{FF}\u{E0}"), ("a TIFF file", 0, "II*\0"), ("a TIFF file", 0, "MM\0*"), ("a BMP file", 0, "BM\u{46}\0\0\0"),
        ("a WebP file", 0, "RIFF\u{9}\0\0\0WEBPVP8 "), ("a GIF file", 0, "GIF89a"), ("a NIfTI file", 344, "n+1\0"), ("a gzip file", 0, "\u{1F}\u{8B}\u{8}"),
        ("a zip archive", 0, "PK\u{3}\u{4}"), ("a PDF file", 0, "%PDF-1.7"), ("a HEIC or AVIF file", 0, "\0\0\0\u{18}ftypheic"),
        ("an SVG drawing", 0, "<?xml version=\"1.0\"?>\n<svg>"), ("an HTML page", 0, "\n<!DOCTYPE html>"),
        ("a JPEG 2000 file", 0, "\0\0\0\u{C}jP  \u{D}\u{A}"), ("a DICOM data set without", 0, "\u{8}\0\u{5}\0CS"), ("something else", 0, "\u{1}\u{2}\u{3}"),
        ("a pointer of Git LFS", 0, "version https://git-lfs.github.com/spec/v1"), ("a NumPy array", 0, "\u{93}NUMPY"),
        ("a damaged PNG file", 0, "\u{89}PNG\n\u{1A}\n"), ("a DICOM file without its preamble", 0, "DICM\u{2}\0"),
    ] as [(String, Int, String)])
    func `It is named by its first bytes`(name: String, offset: Int, head: String) {
        #expect(ForeignPicture.description(Self.file(head, at: offset)).hasPrefix(name))
    }

    /// Every beginning of every kind: nothing is looked for behind the end.
    @Test func `A short file is looked at as far as it goes`() {
        #expect(ForeignPicture.description([]) == "an empty file")
        let nifti = Self.file("n+1\0", at: 344)
        for length in 0...nifti.count { #expect(!ForeignPicture.description(Array(nifti.prefix(length))).isEmpty) }
    }
}
