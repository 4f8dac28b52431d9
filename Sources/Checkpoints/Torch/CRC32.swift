/// The checksum of zip entries (ISO 3309, reflected polynomial EDB88320).
struct CRC32 {
    private let table: [UInt32]

    /// The register before the first byte; the checksum is the complement of the register after the last.
    static let start: UInt32 = 0xFFFF_FFFF

    init() {
        table = (0..<256).map { index in
            (0..<8).reduce(UInt32(index)) { word, _ in word & 1 == 1 ? word >> 1 ^ 0xEDB8_8320 : word >> 1 }
        }
    }

    func updated(_ register: UInt32, _ bytes: [UInt8]) -> UInt32 {
        bytes.reduce(register) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
    }
}
