import CPNG

/// libpng behind a safe face: the one file of this target that holds unsafe code.
enum LibPNG {
    /// Reads the pixels of a file whose structure has been checked. Palette indices come as one byte each.
    static func read(_ bytes: [UInt8], header: PNGHeader) throws(ImageError) -> PNGRaster {
        try unsafe bytes.withUnsafeBufferPointer { (input) throws(ImageError) -> PNGRaster in
            let file = unsafe try PNGFile(reading: input)
            return try file.read(header)
        }
    }

    /// Writes IHDR, the given chunks, the pixels, IEND.
    /// - Parameter rows: `height * width * channels` samples of one byte, or two with the more significant first.
    static func write(_ image: PixelImage, rows: [UInt8], chunks: [(name: String, data: [UInt8])]) throws(ImageError)
        -> [UInt8]
    {
        let file = try PNGFile()
        return try file.write(image, rows: rows, chunks: chunks)
    }
}

/// Owner of libpng's structures and of the memory its callbacks use.
@safe private struct PNGFile: ~Copyable {
    private let context: UnsafeMutablePointer<phantom_png_context>
    private let png: OpaquePointer
    private let info: OpaquePointer
    private let isReader: Bool

    /// - Parameter input: must outlive this value.
    init(reading input: UnsafeBufferPointer<UInt8>) throws(ImageError) {
        let context = unsafe Self.makeContext()
        unsafe context.pointee.input = input.baseAddress
        unsafe context.pointee.input_size = input.count
        unsafe try self.init(context, phantom_png_create_read(context), isReader: true)
    }

    /// For writing.
    init() throws(ImageError) {
        let context = unsafe Self.makeContext()
        unsafe try self.init(context, phantom_png_create_write(context), isReader: false)
    }

    private static func makeContext() -> UnsafeMutablePointer<phantom_png_context> {
        let context = UnsafeMutablePointer<phantom_png_context>.allocate(capacity: 1)
        unsafe context.initialize(to: phantom_png_context())
        return unsafe context
    }

    private init(
        _ context: UnsafeMutablePointer<phantom_png_context>, _ created: OpaquePointer?, isReader: Bool
    ) throws(ImageError) {
        guard let png = unsafe created, let info = unsafe png_create_info_struct(png) else {
            var created = unsafe created
            if isReader {
                unsafe png_destroy_read_struct(&created, nil, nil)
            } else {
                unsafe png_destroy_write_struct(&created, nil)
            }
            unsafe context.deallocate()
            throw ImageError(.library, "libpng", expected: "memory for its structures", got: "none")
        }
        unsafe self.context = context
        unsafe self.png = png
        unsafe self.info = info
        self.isReader = isReader
    }

    deinit {
        var png: OpaquePointer? = unsafe png
        var info: OpaquePointer? = unsafe info
        if isReader {
            unsafe png_destroy_read_struct(&png, &info, nil)
        } else {
            unsafe png_destroy_write_struct(&png, &info)
        }
        unsafe free(context.pointee.output)
        unsafe context.deallocate()
    }

    /// Turns the result of a guarded call into an error that carries libpng's reason.
    private func check(_ done: Int32, _ what: String, _ kind: ImageError.Kind = .damaged) throws(ImageError) {
        guard done == 0 else { return }
        let reason = unsafe String(cString: phantom_png_message(context))
        throw ImageError(kind, what, expected: "what ISO/IEC 15948 asks", got: reason)
    }

    func read(_ header: PNGHeader) throws(ImageError) -> PNGRaster {
        try check(unsafe phantom_png_be_strict(png), "PNG reader", .library)
        unsafe png_set_user_limits(png, UInt32(header.width), UInt32(header.height))
        unsafe png_set_chunk_malloc_max(png, context.pointee.input_size)  // also bounds what is only passed over
        try check(unsafe phantom_png_read_info(png, info), "PNG header")
        try check(unsafe phantom_png_start_rows(png, info), "PNG header")
        let channels = unsafe Int(png_get_channels(png, info))
        let bitDepth = unsafe Int(png_get_bit_depth(png, info))
        let stride = header.width * channels * (bitDepth / 8)
        guard unsafe png_get_rowbytes(png, info) == stride, bitDepth == 8 || bitDepth == 16 else {
            throw ImageError(
                .library, "row of the unpacked picture", expected: "\(stride) bytes",
                got: "\(unsafe png_get_rowbytes(png, info))")
        }
        var bytes = [UInt8](repeating: 0, count: stride * header.height)
        try readRows(into: &bytes, stride: stride, passes: header.interlaced ? 7 : 1)
        try check(unsafe phantom_png_read_end(png), "PNG after its image data")
        return PNGRaster(channels: channels, bitDepth: bitDepth, bytes: bytes)
    }

    /// An interlaced picture comes in seven passes, each of which fills some pixels of some rows.
    private func readRows(into bytes: inout [UInt8], stride: Int, passes: Int) throws(ImageError) {
        try unsafe bytes.withUnsafeMutableBufferPointer { (rows) throws(ImageError) in
            guard let start = rows.baseAddress else { return }
            for _ in 0..<passes {
                for row in Swift.stride(from: 0, to: rows.count, by: stride) {
                    try check(unsafe phantom_png_read_row(png, start + row), "image data, row \(row / stride)")
                }
            }
        }
    }

    func write(_ image: PixelImage, rows: [UInt8], chunks: [(name: String, data: [UInt8])]) throws(ImageError)
        -> [UInt8]
    {
        let colours = [PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_RGB_ALPHA]
        // Paeth with run-length matching: on X-rays and histology smaller than every deflate level with any filter
        // (they hold noise, not repetition), and two to four times as fast. The level does not matter to it.
        try check(unsafe phantom_png_set_compression(png, 6, Z_RLE, PNG_FILTER_PAETH), "PNG writer", .library)
        try check(
            unsafe phantom_png_write_info(
                png, info, UInt32(image.width), UInt32(image.height), Int32(image.bitDepth), colours[image.channels - 1]
            ),
            "PNG header", .library)
        for chunk in chunks {
            try check(
                unsafe phantom_png_write_chunk(png, Array(chunk.name.utf8), chunk.data, chunk.data.count),
                "chunk \(chunk.name)", .library)
        }
        try writeRows(rows, stride: rows.count / image.height)
        try check(unsafe phantom_png_write_end(png, info), "end of the PNG", .library)
        return unsafe Array(UnsafeBufferPointer(start: context.pointee.output, count: context.pointee.output_size))
    }

    private func writeRows(_ bytes: [UInt8], stride: Int) throws(ImageError) {
        try unsafe bytes.withUnsafeBufferPointer { (rows) throws(ImageError) in
            guard let start = rows.baseAddress else { return }
            for row in Swift.stride(from: 0, to: rows.count, by: stride) {
                try check(unsafe phantom_png_write_row(png, start + row), "row \(row / stride)", .library)
            }
        }
    }
}
