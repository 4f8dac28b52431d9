import FuzzDriver
import Hostile

@_cdecl("FuzzQuery_main")
public func start(_ count: CInt, _ arguments: Arguments?) -> CInt {
    unsafe runFuzzer(count, arguments, fuzz)
}

// Made once; libFuzzer calls from one thread.
private nonisolated(unsafe) let hostile = HostileQuery()

/// The bytes decide what is spoilt; see `Choices`.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var choices = Choices(bytes: unsafe input(data, count))
    unsafe hostile.run(&choices)
    return 0
}
