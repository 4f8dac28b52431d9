import Glibc

/// The sole owner of an open file descriptor; closes it at the end of its life.
package struct FileDescriptor: ~Copyable, Sendable {
    package let number: CInt

    package init(owning number: CInt) { self.number = number }

    deinit { _ = Glibc.close(number) }

    /// A descriptor of no use in itself, kept so that one more can be had when they run out.
    static func reserve() -> FileDescriptor? {
        let number = unsafe Glibc.open("/dev/null", O_RDONLY | O_CLOEXEC)
        return number < 0 ? nil : FileDescriptor(owning: number)
    }

    /// The soft limit on open descriptors of this process.
    static func processLimit() -> Int {
        var limit = rlimit()
        // It cannot fail with these arguments; 1,024 is the system's usual soft limit.
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1_024 }
        return Int(clamping: limit.rlim_cur)
    }
}
