/// Names what was sent in place of a PNG or DICOM file, by its first bytes, and what helps.
public enum ForeignPicture {
    /// `a JPEG file: convert it to PNG (magick in.jpg out.png)`; `something else` where nothing is recognised.
    public static func description(_ bytes: [UInt8]) -> String {
        guard !bytes.isEmpty else { return "an empty file" }
        for format in formats where format.marks.allSatisfy({ has($0.bytes, at: $0.offset, bytes) }) {
            return format.description
        }
        if let text = text(bytes) { return text }
        return "something else"
    }

    private struct Format {
        let description: String
        let marks: [(offset: Int, bytes: [UInt8])]

        init(_ description: String, _ marks: (Int, [UInt8])...) {
            self.description = description
            self.marks = marks.map { (offset: $0.0, bytes: $0.1) }
        }
    }

    private static func has(_ mark: [UInt8], at offset: Int, _ bytes: [UInt8]) -> Bool {
        bytes.count >= offset + mark.count && bytes[offset..<offset + mark.count].elementsEqual(mark)
    }

    private static func ascii(_ text: String) -> [UInt8] { Array(text.utf8) }

    private static let nifti = "a NIfTI file: volumes are not taken, write the slice as PNG (nibabel and Pillow do)"

    /// The more telling first.
    private static let formats: [Format] = [
        Format(
            "a damaged PNG file, whose first bytes were changed as text is (sent in binary mode it would be whole)",
            (0, [0x89] + ascii("PNG"))),
        Format(
            "a damaged PNG file, whose first byte was lost or changed (sent in binary mode it would be whole)",
            (1, ascii("PNG\r\n"))),
        Format("a JPEG file: convert it to PNG (magick in.jpg out.png)", (0, [0xFF, 0xD8, 0xFF])),
        Format("a JPEG 2000 file: convert it to PNG (opj_decompress -i in.jp2 -o out.png)", (4, ascii("jP  \r\n"))),
        Format(
            "a JPEG 2000 stream: convert it to PNG (opj_decompress -i in.j2k -o out.png)",
            (0, [0xFF, 0x4F, 0xFF, 0x51])),
        Format("a JPEG XL file: convert it to PNG (djxl in.jxl out.png)", (0, [0xFF, 0x0A])),
        Format("a JPEG XL file: convert it to PNG (djxl in.jxl out.png)", (4, ascii("JXL \r\n"))),
        Format("a TIFF file: convert it to PNG (magick in.tif out.png)", (0, ascii("II") + [42, 0])),
        Format("a TIFF file: convert it to PNG (magick in.tif out.png)", (0, ascii("MM") + [0, 42])),
        Format("a BigTIFF file: convert it to PNG (magick in.tif out.png)", (0, ascii("II") + [43, 0])),
        Format("a BigTIFF file: convert it to PNG (magick in.tif out.png)", (0, ascii("MM") + [0, 43])),
        Format("a BMP file: convert it to PNG (magick in.bmp out.png)", (0, ascii("BM")), (6, [0, 0, 0, 0])),
        Format("a WebP file: convert it to PNG (dwebp in.webp -o out.png)", (0, ascii("RIFF")), (8, ascii("WEBP"))),
        Format("a GIF file: convert it to PNG (magick 'in.gif[0]' out.png)", (0, ascii("GIF8"))),
        Format("a HEIC or AVIF file: convert it to PNG (heif-convert in.heic out.png)", (4, ascii("ftyphei"))),
        Format("a HEIC or AVIF file: convert it to PNG (heif-convert in.heic out.png)", (4, ascii("ftypmif1"))),
        Format("a HEIC or AVIF file: convert it to PNG (heif-convert in.avif out.png)", (4, ascii("ftypavif"))),
        Format(nifti, (344, ascii("n+1") + [0])),
        Format(nifti, (344, ascii("ni1") + [0])),
        Format(nifti, (4, ascii("n+2") + [0])),
        Format("a gzip file (.nii.gz?): unpack it (gunzip), and write volumes as slices in PNG", (0, [0x1F, 0x8B])),
        Format("a zip archive: unpack it, and send one PNG or DICOM file", (0, ascii("PK") + [3, 4])),
        Format("a PDF file: take the picture out as PNG (pdfimages -png in.pdf out)", (0, ascii("%PDF-"))),
        Format("a NumPy array: write it as PNG (Pillow's Image.fromarray)", (0, [0x93] + ascii("NUMPY"))),
        Format("a MATLAB file: write the picture as PNG (imwrite)", (0, ascii("MATLAB"))),
        Format("an HDF5 file: write the picture as PNG", (0, [0x89] + ascii("HDF"))),
        Format("an NRRD file: write the slice as PNG", (0, ascii("NRRD"))),
        Format("a PGM or PPM file: convert it to PNG (pnmtopng in.pgm)", (0, ascii("P5")), (2, [0x0A])),
        Format("a PGM or PPM file: convert it to PNG (pnmtopng in.ppm)", (0, ascii("P6")), (2, [0x0A])),
        Format("a DICOM data set without its file header: add one (dcmconv +F in out.dcm)", (0, [8, 0, 5, 0])),
        Format("a DICOM data set without its file header: add one (dcmconv +F in out.dcm)", (0, [8, 0, 0, 0])),
        Format(
            "a DICOM file without its preamble of 128 bytes: write it anew (dcmconv in out.dcm)", (0, ascii("DICM"))),
        Format("a picture in base64: decode it, or send it in a field of JSON", (0, ascii("iVBORw0KGgo"))),
        Format("a data: URL: decode it, or send it in a field of JSON", (0, ascii("data:"))),
        Format(
            """
            a pointer of Git LFS in place of the file: fetch it (git lfs pull)
            """, (0, ascii("version https://git-lfs"))),
    ]

    /// What starts as text of a known kind, after white space and a byte order mark.
    private static func text(_ bytes: [UInt8]) -> String? {
        var head = bytes.prefix(512)
        if head.starts(with: [0xEF, 0xBB, 0xBF]) { head = head.dropFirst(3) }
        head = head.drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
        guard head.first == UInt8(ascii: "<") else { return nil }
        let start = String(decoding: head, as: UTF8.self).lowercased()
        if start.contains("<svg") { return "an SVG drawing: draw it as PNG (rsvg-convert in.svg -o out.png)" }
        if start.contains("<html") || start.hasPrefix("<!doctype") {
            return "an HTML page: was it fetched from an address that wants a login?"
        }
        return "an XML or HTML text"
    }
}
