import Glibc

/// A failed system call: which, and its errno.
public struct SystemError: Error, Equatable, CustomStringConvertible {
    /// The name of the call, with what it was called for where that helps.
    public var call: String
    /// The errno that it left.
    public var code: CInt

    /// The call that just failed, on this thread.
    static func last(_ call: String) -> SystemError { SystemError(call: call, code: errno) }

    public var description: String { "\(call): \(unsafe String(cString: strerror(code))) (errno \(code))" }
}
