import Glibc

/// Where files go that nobody else shall see.
enum TemporaryPlace {
    /// `TMPDIR`, or `/tmp`.
    static var folder: String {
        guard let given = unsafe getenv("TMPDIR"), unsafe given.pointee != 0 else { return "/tmp" }
        return unsafe String(cString: given)
    }
}
