import Images

/// A picture of a data set in a file of its own.
enum PictureFile {
    /// The endings of files that are taken for pictures, in lower case.
    static let endings: Set = ["png"]

    /// Whether the name of the file ends as a picture's.
    static func isPicture(_ path: String) -> Bool {
        guard let dot = path.lastIndex(of: ".") else { return false }
        return endings.contains(path[path.index(after: dot)...].lowercased())
    }

    /// The pixels of the file, whose kind its first bytes tell.
    /// - Throws: `DatasetError` naming the file, with what is wrong with it.
    static func read(_ path: String) throws(DatasetError) -> PixelImage {
        let bytes = try DatasetFiles.bytes(path)
        do {
            return try PNGDecoder.decode(bytes, limits: PNGLimits(pixels: 1 << 28)).image
        } catch  where error.kind == .notPNG {
            throw DatasetError(path: path, expected: "a PNG file", got: ForeignPicture.description(bytes))
        } catch {
            throw DatasetError(path: path, item: error.what, expected: error.expected, got: error.got)
        }
    }
}
