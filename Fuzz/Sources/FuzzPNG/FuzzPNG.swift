import FuzzDriver
import Images

@_cdecl("FuzzPNG_main")
public func start(_ count: CInt, _ arguments: Arguments?) -> CInt {
    unsafe runFuzzer(count, arguments, fuzz)
}

/// The bytes as they are, and again with every checksum made right, since no mutation gets past those.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = unsafe input(data, count)
    decode(bytes)
    decode(withRightChecksums(bytes))
    return 0
}

/// What is decoded is written and read back the same.
private func decode(_ bytes: [UInt8]) {
    guard let decoded = try? PNGDecoder.decode(bytes, limits: PNGLimits(pixels: 1 << 20)) else { return }
    guard let written = try? PNGEncoder.encode(decoded.image, texts: decoded.texts),
        let again = try? PNGDecoder.decode(written.bytes)
    else { fatalError("a decoded picture is not written and read back") }
    precondition(again == decoded, "a decoded picture comes back changed")
}

private func withRightChecksums(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    var at = 8
    while bytes.count - at >= 12 {
        let length = bytes[at..<at + 4].reduce(0) { $0 << 8 | Int($1) }
        guard length <= bytes.count - at - 12 else { break }
        let end = at + 8 + length
        let checksum = crc32(bytes[at + 4..<end])
        for byte in 0..<4 { bytes[end + byte] = UInt8(truncatingIfNeeded: checksum >> UInt32(24 - 8 * byte)) }
        at = end + 4
    }
    return bytes
}

/// ISO/IEC 15948 annex D.
private func crc32(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    var crc = ~UInt32(0)
    for byte in bytes {
        crc ^= UInt32(byte)
        for _ in 0..<8 { crc = crc & 1 == 1 ? (crc >> 1) ^ 0xEDB8_8320 : crc >> 1 }
    }
    return ~crc
}
