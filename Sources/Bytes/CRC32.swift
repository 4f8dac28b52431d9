import CZlib

/// The checksum of PNG chunks, zip entries and saved trajectories: CRC-32 (ISO 3309, ISO/IEC 15948 annex D), by zlib.
public struct CRC32: Sendable {
    /// The checksum of everything appended until now; 0 of nothing.
    public private(set) var value: UInt32 = 0

    public init() {}

    /// Computes the checksum of `content`.
    public init(of content: some Sequence<UInt8>) {
        append(content)
    }

    /// Appends `piece` to what the checksum is of.
    public mutating func append(_ piece: some Sequence<UInt8>) {
        let contiguous = piece.withContiguousStorageIfAvailable { bytes in
            unsafe UInt32(truncatingIfNeeded: crc32_z(UInt(value), bytes.baseAddress, bytes.count))
        }
        if let contiguous { value = contiguous } else { append(Array(piece)) }
    }
}
