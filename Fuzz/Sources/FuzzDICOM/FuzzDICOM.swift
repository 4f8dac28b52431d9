import FuzzDriver
import Images

@_cdecl("FuzzDICOM_main")
public func start(_ count: CInt, _ arguments: Arguments?) -> CInt {
    unsafe runFuzzer(count, arguments, fuzz)
}

/// The bytes as they are, and as a data set behind a sound beginning of either transfer syntax. What is decoded is written
/// and read back the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = unsafe input(data, count)
    decode(bytes)
    for syntax in ["1.2.840.10008.1.2\0", "1.2.840.10008.1.2.1\0"] {
        let name = Array(syntax.utf8)
        let element: [UInt8] = [2, 0, 0x10, 0] + Array("UI".utf8) + [UInt8(name.count), 0] + name
        decode([UInt8](repeating: 0, count: 128) + Array("DICM".utf8) + element + bytes)
    }
    return 0
}

private func decode(_ bytes: [UInt8]) {
    guard let decoded = try? DICOMDecoder.decode(bytes, pixels: 1 << 20) else { return }
    let provenance = Provenance(recipe: "{}", sourceType: .trainedAlgorithmicMedia)
    guard let written = try? DICOMEncoder.encode(decoded.image, provenance: provenance, study: ""),
        let again = try? DICOMDecoder.decode(written)
    else { fatalError("a decoded picture is not written and read back") }
    precondition(again.image == decoded.image, "a decoded picture comes back changed")
}
