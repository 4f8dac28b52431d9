import Images

/// A picture of a data set in a file of its own.
enum PictureFile {
    /// The endings of files that are taken for pictures, in lower case.
    static let endings: Set = ["png", "jpg", "jpeg"]
    /// Width times height at most.
    static let mostPixels = 1 << 28

    /// Whether the name of the file ends as a picture's.
    static func isPicture(_ path: String) -> Bool {
        guard let dot = path.lastIndex(of: ".") else { return false }
        return endings.contains(path[path.index(after: dot)...].lowercased())
    }

    /// The paths of all pictures below a folder, from there on.
    /// - Throws: `DatasetError` where there is none.
    static func list(below root: String) throws(DatasetError) -> [String] {
        let pictures = try DatasetFiles.list(below: root).filter(isPicture)
        guard !pictures.isEmpty else {
            throw DatasetError(
                path: root, expected: "pictures (\(endings.sorted().joined(separator: ", ")))", got: "none")
        }
        return pictures
    }

    /// The pixels of the file, whose kind its first bytes tell.
    /// - Throws: `DatasetError` naming the file, with what is wrong with it.
    static func read(_ path: String) throws(DatasetError) -> PixelImage {
        try read(try DatasetFiles.bytes(path), path: path)
    }

    /// The pixels of the file's bytes.
    static func read(_ bytes: [UInt8], path: String) throws(DatasetError) -> PixelImage {
        if JPEGFrame.isJPEG(bytes) { return try TurboJPEG.decode(bytes, path: path, pixels: mostPixels) }
        do {
            return try PNGDecoder.decode(bytes, limits: PNGLimits(pixels: mostPixels)).image
        } catch  where error.kind == .notPNG {
            throw DatasetError(path: path, expected: "a PNG or JPEG file", got: ForeignPicture.description(bytes))
        } catch {
            throw DatasetError(path: path, item: error.what, expected: error.expected, got: error.got)
        }
    }
}
