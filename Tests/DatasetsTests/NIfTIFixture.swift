import Bytes

/// Volumes that tests make: NIfTI-1 of 32-bit numbers, the axes to the right, to the front and up, 1 mm a voxel.
enum NIfTIFixture {
    /// - Parameter value: of the voxel at x, y, z.
    static func bytes(_ sides: [Int], _ value: (_ x: Int, _ y: Int, _ z: Int) -> Float) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 352)
        func put(_ number: some FixedWidthInteger, at place: Int) {
            for byte in 0..<number.bitWidth / 8 { bytes[place + byte] = UInt8(truncatingIfNeeded: number >> (8 * byte)) }
        }
        put(UInt32(348), at: 0)
        for (axis, length) in ([3] + sides + [1, 1, 1, 1]).enumerated() { put(UInt16(length), at: 40 + 2 * axis) }
        put(UInt16(16), at: 70)
        put(UInt16(32), at: 72)
        for axis in 0..<4 { put(Float(1).bitPattern, at: 76 + 4 * axis) }
        put(Float(352).bitPattern, at: 108)
        // The sform: an identity.
        put(UInt16(1), at: 254)
        for axis in 0..<3 { put(Float(1).bitPattern, at: 280 + 20 * axis) }
        bytes.replaceSubrange(344..<347, with: Array("n+1".utf8))
        for z in 0..<sides[2] {
            for y in 0..<sides[1] {
                for x in 0..<sides[0] { bytes.append(littleEndian: value(x, y, z).bitPattern) }
            }
        }
        return bytes
    }
}
