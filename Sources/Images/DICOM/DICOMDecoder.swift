/// What a DICOM file shows.
public struct DecodedDICOM: Equatable, Sendable {
    /// Grey as the file's own window shows it, 0 black; colours as stored. 16 bits where more than 8 are stored, else
    /// 8.
    public let image: PixelImage
    /// Whether the file says of itself that its data are synthetic (0008,001C).
    public let isSynthetic: Bool
    /// What stands in Image Comments (0020,4000), where `DICOMEncoder` puts the recipe.
    public let comments: String?
    /// A recipe that is too long for Image Comments, from `DICOMEncoder`'s private element.
    public let longRecipe: String?

    /// The recipe of an image that Phantom made, JSON as it was written; nil if it claims no such thing.
    public var recipe: String? { isSynthetic ? longRecipe ?? comments : nil }
}

/// Reads uncompressed DICOM images of one frame, hostile ones included: grey of 8 or 16 bits through their window, and
/// RGB. Every length is checked before a value is looked at; what is compressed, or shown through a table, is refused
/// by name.
public enum DICOMDecoder {
    /// Whether the bytes claim to be a DICOM file.
    public static func accepts(_ bytes: [UInt8]) -> Bool { DICOMFile.isDICOM(bytes) }

    /// - Parameter pixels: width times height at most.
    /// - Throws: `ImageError` of kind `.notDICOM`, `.damaged`, `.unsupported` or `.overLimit`.
    public static func decode(_ bytes: [UInt8], pixels: Int = PNGLimits().pixels) throws(ImageError) -> DecodedDICOM {
        let file = try DICOMFile(bytes)
        let layout = try DICOMPixelLayout(file, pixels: pixels)
        // The layout has seen it.
        let data = file.value(.pixelData) ?? []
        let stored = samples(data, layout)
        let samples =
            layout.photometric == .rgb
            ? interleaved(stored, layout) : shades(stored, layout, try IntensityWindow(file, layout))
        return DecodedDICOM(
            image: try PixelImage(
                width: layout.width, height: layout.height, channels: layout.channels,
                bitDepth: layout.bitsStored > 8 ? 16 : 8,
                samples: samples),
            isSynthetic: file.text(.syntheticData) == "YES", comments: file.text(.imageComments),
            longRecipe: file.text(.recipeCreator) == DICOMEncoder.recipeCreator ? file.text(.longRecipe) : nil)
    }

    /// The stored bits of each sample. What stands above them (overlays, in old files) is passed over.
    private static func samples(_ data: ArraySlice<UInt8>, _ layout: DICOMPixelLayout) -> [UInt16] {
        let mask = UInt16.max >> UInt16(16 - layout.bitsStored)
        if layout.bitsAllocated == 8 { return data.prefix(layout.count).map { UInt16($0) & mask } }
        return stride(from: data.startIndex, to: data.endIndex - 1, by: 2).map {
            (UInt16(data[$0]) | UInt16(data[$0 + 1]) << 8) & mask
        }
    }

    private static func interleaved(_ stored: [UInt16], _ layout: DICOMPixelLayout) -> [UInt16] {
        guard layout.isPlanar else { return stored }
        let area = layout.width * layout.height
        var samples: [UInt16] = []
        samples.reserveCapacity(stored.count)
        for pixel in 0..<area { for channel in 0..<3 { samples.append(stored[channel * area + pixel]) } }
        return samples
    }

    /// Every value that the bits can hold is looked up once in a table of all of them.
    private static func shades(_ stored: [UInt16], _ layout: DICOMPixelLayout, _ window: IntensityWindow) -> [UInt16] {
        let top: Double = layout.bitsStored > 8 ? 65535 : 255
        let count = 1 << layout.bitsStored
        let table = (0..<count).map { bits -> UInt16 in
            let value = layout.isSigned && bits >= count / 2 ? bits - count : bits
            let shade = UInt16((min(max(window.shade(Double(value)), 0), 1) * top).rounded(.toNearestOrEven))
            return layout.photometric == .monochrome1 ? UInt16(top) - shade : shade
        }
        return stored.map { table[Int($0)] }
    }
}
