import CZlib

/// Streams of zlib (RFC 1950).
public enum ZlibStream {
    /// The number of bytes that a stream unpacks to; what follows its end is passed over.
    /// - Returns: nil for a stream that is damaged or cut off, or unpacks to more than `limit` bytes.
    public static func length(_ stream: ArraySlice<UInt8>, limit: Int) -> Int? {
        guard let input = UInt32(exactly: stream.count) else { return nil }
        var state = unsafe z_stream()
        guard unsafe inflateInit_(&state, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return nil }
        defer { _ = unsafe inflateEnd(&state) }
        return unsafe stream.withUnsafeBufferPointer { bytes -> Int? in
            unsafe withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 16) { piece -> Int? in
                unsafe state.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress)
                unsafe state.avail_in = input
                var length = 0
                while true {
                    unsafe state.next_out = piece.baseAddress?.assumingMemoryBound(to: UInt8.self)
                    unsafe state.avail_out = UInt32(piece.count)
                    let status = unsafe inflate(&state, Z_NO_FLUSH)
                    length += piece.count - Int(unsafe state.avail_out)
                    guard length <= limit else { return nil }
                    if status == Z_STREAM_END { return length }
                    guard status == Z_OK else { return nil }
                }
            }
        }
    }
}
