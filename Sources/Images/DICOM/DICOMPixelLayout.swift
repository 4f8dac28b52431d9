/// How the pixels of a DICOM image lie in its file: the Image Pixel module (PS3.3 section C.7.6.3), checked.
struct DICOMPixelLayout {
    enum Photometric: String {
        /// The lowest value is white.
        case monochrome1 = "MONOCHROME1"
        case monochrome2 = "MONOCHROME2"
        case rgb = "RGB"
    }

    let width: Int
    let height: Int
    let photometric: Photometric
    /// 8 or 16.
    let bitsAllocated: Int
    let bitsStored: Int
    let isSigned: Bool
    /// Whether all reds come first, then all greens (planar configuration 1).
    let isPlanar: Bool

    var channels: Int { photometric == .rgb ? 3 : 1 }

    /// Samples of the whole image.
    var count: Int { width * height * channels }

    /// - Parameter pixels: width times height at most.
    /// - Throws: `ImageError` of kind `.damaged`, `.unsupported` or `.overLimit`.
    init(_ file: DICOMFile, pixels: Int) throws(ImageError) {
        try Self.checkKind(file)
        (width, height) = (try Self.required(file, .columns, 1...65535), try Self.required(file, .rows, 1...65535))
        guard width * height <= pixels else {
            throw ImageError(
                .overLimit, "picture", expected: "at most \(pixels) pixels",
                got: "\(width)x\(height) = \(width * height)")
        }
        let word = file.text(.photometricInterpretation) ?? ""
        guard let photometric = Photometric(rawValue: word) else {
            throw ImageError(
                .unsupported, "DICOM photometric interpretation", expected: "MONOCHROME1, MONOCHROME2 or RGB",
                got: word.isEmpty ? "none" : String(word.prefix(16)))
        }
        self.photometric = photometric
        bitsAllocated = try Self.required(file, .bitsAllocated, 1...64)
        guard bitsAllocated == 8 || bitsAllocated == 16 else {
            throw ImageError(.unsupported, "DICOM bits allocated", expected: "8 or 16", got: "\(bitsAllocated)")
        }
        bitsStored = try Self.required(file, .bitsStored, 1...bitsAllocated)
        _ = try Self.required(file, .highBit, bitsStored - 1...bitsStored - 1)
        isSigned = try Self.required(file, .pixelRepresentation, 0...1) == 1
        _ = try Self.required(file, .samplesPerPixel, photometric == .rgb ? 3...3 : 1...1)
        isPlanar = photometric == .rgb ? try Self.required(file, .planarConfiguration, 0...1) == 1 : false
        if photometric == .rgb, isSigned || bitsStored != bitsAllocated {
            throw ImageError(
                .unsupported, "DICOM colours", expected: "unsigned numbers of all \(bitsAllocated) bits",
                got: isSigned ? "signed ones" : "\(bitsStored) bits")
        }
        try checkLength(file)
    }

    /// Whole numbers, and of one frame.
    private static func checkKind(_ file: DICOMFile) throws(ImageError) {
        for tag in [DICOMTag.floatPixelData, .doubleFloatPixelData] where file.has(tag) {
            throw ImageError(
                .unsupported, "DICOM pixels", expected: "whole numbers of 8 or 16 bits", got: "floating-point numbers")
        }
        guard file.has(.pixelData) else {
            throw ImageError(.damaged, "DICOM file", expected: "pixels \(DICOMTag.pixelData)", got: "none")
        }
        if let frames = try file.decimal(.numberOfFrames), frames != 1 {
            throw ImageError(
                .unsupported, "DICOM number of frames", expected: "1", got: file.text(.numberOfFrames) ?? "")
        }
    }

    private func checkLength(_ file: DICOMFile) throws(ImageError) {
        let exact = count * (bitsAllocated / 8)
        let expected = exact + exact % 2
        let got = file.value(.pixelData)?.count ?? 0
        guard got == expected else {
            throw ImageError(
                .damaged,
                "pixels of a \(width)x\(height) DICOM image of \(channels) channels and \(bitsAllocated) bits",
                expected: "\(expected) bytes", got: "\(got)", offset: file.offset(.pixelData))
        }
    }

    private static func required(_ file: DICOMFile, _ tag: DICOMTag, _ range: ClosedRange<Int>) throws(ImageError)
        -> Int
    {
        let words = range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound) ... \(range.upperBound)"
        guard let number = try file.number(tag) else {
            throw ImageError(.damaged, "DICOM element \(tag)", expected: words, got: "nothing")
        }
        guard range.contains(number) else {
            throw ImageError(
                .damaged, "DICOM element \(tag)", expected: words, got: "\(number)", offset: file.offset(tag))
        }
        return number
    }
}
