/// What a PNG file holds.
public struct DecodedPNG: Equatable, Sendable {
    /// Exactly the stored values: no gamma, no colour profile. 1, 2, 4 bits of grey are stretched to 8, palettes looked
    /// up (RGB, 8 bits), and a transparent colour or palette becomes an alpha channel.
    public let image: PixelImage
    /// The texts in file order.
    public let texts: [PNGText]

    /// The recipe of an image that Phantom made, JSON as it was written; nil if there is none, or more than one.
    public var recipe: String? { texts.only(Provenance.recipeKeyword) }
}

extension [PNGText] {
    /// The text of the one chunk of this keyword; nil if there is none or several: then nobody can tell which is meant.
    public func only(_ keyword: String) -> String? {
        let found = filter { $0.keyword == keyword }
        return found.count == 1 ? found[0].text : nil
    }
}

/// Reads PNG files from anywhere, hostile ones included.
///
/// Every length, checksum and size is checked before memory is taken; libpng then sees a file whose structure is known
/// to be sound, and of its chunks only those the pixels need. Bytes after IEND are passed over. Refused are also
/// damages that many readers forgive: image data too long or too short, a palette index without a colour, a wrong
/// checksum anywhere.
public enum PNGDecoder {
    /// - Throws: `ImageError` of kind `.notPNG`, `.damaged`, `.overLimit` or `.library`.
    public static func decode(_ bytes: [UInt8], limits: PNGLimits = PNGLimits()) throws(ImageError) -> DecodedPNG {
        let structure = try PNGStructure(bytes, limits: limits)
        let raster = try LibPNG.read(bytes, header: structure.header)
        let image =
            structure.header.colour == .palette
            ? try PNGPalette(structure, bytes).image(of: raster, header: structure.header)
            : try raster.image(structure.header)
        return DecodedPNG(image: image, texts: texts(of: structure, bytes, limits))
    }

    /// The texts alone, without decoding the picture.
    /// - Throws: as `decode`, but says nothing of the pixels.
    public static func texts(_ bytes: [UInt8], limits: PNGLimits = PNGLimits()) throws(ImageError) -> [PNGText] {
        texts(of: try PNGStructure(bytes, limits: limits), bytes, limits)
    }

    /// The text of the one chunk of a keyword; nil if there is none or several. The others are not read.
    /// - Parameter keyword: of Latin-1 characters.
    /// - Throws: as `decode`, but says nothing of the pixels.
    public static func text(
        _ keyword: String, of bytes: [UInt8], limits: PNGLimits = PNGLimits()
    ) throws(ImageError) -> String? {
        let start = keyword.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) } + [0]
        let chunks = textChunks(of: try PNGStructure(bytes, limits: limits), limits)
        return chunks.filter { bytes[$0.data].starts(with: start) }
            .compactMap { PNGText(chunk: $0.name, data: bytes[$0.data]) }.only(keyword)
    }

    private static func texts(of structure: PNGStructure, _ bytes: [UInt8], _ limits: PNGLimits) -> [PNGText] {
        textChunks(of: structure, limits).compactMap { PNGText(chunk: $0.name, data: bytes[$0.data]) }
    }

    private static func textChunks(of structure: PNGStructure, _ limits: PNGLimits) -> [PNGChunk] {
        let chunks = structure.chunks.lazy.filter {
            ($0.name == "tEXt" || $0.name == "iTXt") && $0.data.count <= limits.textBytes
        }
        return Array(chunks.prefix(limits.textChunks))
    }
}

/// Unpacked rows as libpng leaves them: whole bytes per sample, 16 bits most significant first, no padding.
struct PNGRaster {
    let channels: Int
    let bitDepth: Int
    let bytes: [UInt8]

    func image(_ header: PNGHeader) throws(ImageError) -> PixelImage {
        let samples =
            bitDepth == 8
            ? bytes.map(UInt16.init)
            : stride(from: 0, to: bytes.count - 1, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
        return try PixelImage(
            width: header.width, height: header.height, channels: channels, bitDepth: bitDepth, samples: samples)
    }
}

/// The colours of an indexed picture: PLTE, and their opacity: tRNS.
struct PNGPalette {
    private let colours: [UInt8]
    private let alphas: [UInt8]?

    init(_ structure: PNGStructure, _ bytes: [UInt8]) throws(ImageError) {
        guard let chunk = structure.first("PLTE") else {
            throw ImageError(.damaged, "palette picture", expected: "a PLTE chunk", got: "none")
        }
        guard chunk.data.count % 3 == 0 else {
            throw ImageError(
                .damaged, "length of chunk PLTE", expected: "a multiple of 3", got: "\(chunk.data.count)",
                offset: chunk.offset)
        }
        colours = Array(bytes[chunk.data])
        alphas = structure.first("tRNS").map { Array(bytes[$0.data]) }
    }

    func image(of raster: PNGRaster, header: PNGHeader) throws(ImageError) -> PixelImage {
        var samples: [UInt16] = []
        let channels = alphas == nil ? 3 : 4
        samples.reserveCapacity(raster.bytes.count * channels)
        for (pixel, index) in raster.bytes.enumerated() {
            let entry = 3 * Int(index)
            guard entry < colours.count else {
                throw ImageError(
                    .damaged, "palette index of pixel (\(pixel % header.width), \(pixel / header.width))",
                    expected: "less than \(colours.count / 3)", got: "\(index)")
            }
            for channel in entry..<entry + 3 { samples.append(UInt16(colours[channel])) }
            // Colours beyond the end of tRNS are opaque (section 11.3.2.1).
            if let alphas { samples.append(Int(index) < alphas.count ? UInt16(alphas[Int(index)]) : 255) }
        }
        return try PixelImage(
            width: header.width, height: header.height, channels: channels, bitDepth: 8, samples: samples)
    }
}
