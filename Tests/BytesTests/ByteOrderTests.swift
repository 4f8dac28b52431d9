import Bytes
import Testing

@Suite struct ByteOrderTests {
    @Test func bytesAreInTheOrderNamed() {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: UInt32(0x0102_0304))
        bytes.append(bigEndian: UInt16(0x0506))
        bytes.append(littleEndian: UInt8(7))
        #expect(bytes == [4, 3, 2, 1, 5, 6, 7])
        #expect(UInt32(littleEndianBytes: bytes[..<4]) == 0x0102_0304)
        #expect(UInt16(bigEndianBytes: bytes[4..<6]) == 0x0506)
        #expect(UInt64(littleEndianBytes: [255, 0, 0]) == 255 && UInt64(bigEndianBytes: []) == 0)
    }
}
