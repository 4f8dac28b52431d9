import CTurboJPEG
import Images

/// JPEG files by TurboJPEG: the one file of this target that calls it.
enum TurboJPEG {
    /// Scans of a progressive file at most: each goes over the whole picture.
    private static let mostScans = 500

    /// The pixels of a baseline or progressive JPEG of 8 bits, grey or colour (RGB, no matter how it is stored).
    /// Orientation marks (Exif) do not count.
    /// - Throws: `DatasetError` naming the path for what is damaged, cut off, of 12 bits or of four colours.
    static func decode(_ bytes: [UInt8], path: String, pixels: Int) throws(DatasetError) -> PixelImage {
        let frame = try JPEGFrame(bytes, path: path)
        guard frame.width * frame.height <= pixels else {
            throw DatasetError(
                path: path, expected: "at most \(pixels) pixels", got: "\(frame.width)x\(frame.height)")
        }
        guard frame.scans <= mostScans else {
            throw DatasetError(path: path, expected: "at most \(mostScans) scans", got: "\(frame.scans)")
        }
        let channels = frame.components == 1 ? 1 : 3
        guard let handle = unsafe tjInitDecompress() else {
            throw DatasetError(path: path, expected: "memory for TurboJPEG", got: "none")
        }
        defer { unsafe _ = tjDestroy(handle) }
        var samples = [UInt8](repeating: 0, count: frame.width * frame.height * channels)
        let format = channels == 1 ? TJPF_GRAY : TJPF_RGB
        let done = unsafe bytes.withUnsafeBufferPointer { input in
            unsafe samples.withUnsafeMutableBufferPointer { output in
                unsafe tjDecompress2(
                    handle, input.baseAddress, UInt(input.count), output.baseAddress, Int32(frame.width),
                    Int32(frame.width * channels), Int32(frame.height), Int32(format.rawValue),
                    Int32(TJFLAG_STOPONWARNING | TJFLAG_ACCURATEDCT))
            }
        }
        guard done == 0 else {
            let reason = unsafe String(cString: tjGetErrorStr2(handle))
            throw DatasetError(path: path, expected: "a whole JPEG file", got: reason)
        }
        do {
            return try PixelImage(
                width: frame.width, height: frame.height, channels: channels, bitDepth: 8,
                samples: samples.map(UInt16.init))
        } catch { throw DatasetError(path: path, item: error.what, expected: error.expected, got: error.got) }
    }
}
