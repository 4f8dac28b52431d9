import FuzzDriver
import JSON

@_cdecl("FuzzJSON_main")
public func start(_ count: CInt, _ arguments: Arguments?) -> CInt {
    unsafe runFuzzer(count, arguments, fuzz)
}

/// What is read is written and read back the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = unsafe input(data, count)
    let reader = JSONReader()
    guard let value = try? reader.read(bytes) else { return 0 }
    guard let again = try? reader.read(value.serialized(sortedKeys: false)) else { fatalError("what was written is not read") }
    precondition(again == value, "what was written is read as something else")
    return 0
}
