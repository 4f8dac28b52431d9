import Checkpoints
import FuzzDriver

@_cdecl("FuzzSafetensors_main")
public func start(_ count: CInt, _ arguments: Arguments?) -> CInt {
    unsafe runFuzzer(count, arguments, fuzz)
}

/// What passes as a header covers the bytes after it exactly.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = unsafe input(data, count)
    guard let header = try? SafetensorsHeader(fileBytes: bytes) else { return 0 }
    var position = header.dataStart
    for tensor in header.tensors {
        precondition(tensor.bytes.lowerBound == position, "a hole or an overlap before \(tensor.name)")
        precondition(tensor.elementCount >= 0)
        position = tensor.bytes.upperBound
    }
    precondition(position == bytes.count, "the tensors do not end with the file")
    return 0
}
