import Checkpoints

/// safetensors bytes made by hand, right or wrong.
enum HandMade {
    /// A file of this header and `data` bytes; `length` overrides what the first eight bytes claim.
    static func file(_ header: String, data: Int = 0, length: UInt64? = nil) -> [UInt8] {
        let json = Array(header.utf8)
        let claimed = length ?? UInt64(json.count)
        return (0..<8).map { UInt8(truncatingIfNeeded: claimed >> (8 * $0)) } + json + (0..<data).map { UInt8(truncatingIfNeeded: $0) }
    }

    /// What the validation says of the bytes; nil if it takes them.
    static func complaint(_ bytes: [UInt8]) -> CheckpointError? {
        do throws(CheckpointError) {
            _ = try SafetensorsHeader(fileBytes: bytes)
            return nil
        } catch { return error }
    }

    /// What any call complains of; nil if it does not.
    static func complaint<Value>(of body: () throws -> Value) -> CheckpointError? {
        do {
            _ = try body()
            return nil
        } catch { return error as? CheckpointError }
    }
}
