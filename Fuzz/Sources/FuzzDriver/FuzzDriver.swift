import CFuzzer

/// The arguments of a program's main, as C passes them.
public typealias Arguments = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

/// Runs libFuzzer with the program's arguments; `callback` gets every input.
public func runFuzzer(
    _ count: CInt, _ arguments: Arguments?, _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt {
    var count = count
    var arguments = unsafe arguments
    return unsafe LLVMFuzzerRunDriver(&count, &arguments, callback)
}

/// An input as an array, so that whatever reads it is checked by Swift as well as by the sanitizer.
public func input(_ data: UnsafePointer<UInt8>?, _ count: Int) -> [UInt8] {
    unsafe Array(UnsafeBufferPointer(start: data, count: count))
}
