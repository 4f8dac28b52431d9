import Glibc

/// A wake-up for a thread that waits in `notifications(within:orReadable:)`: a pipe.
struct WakeDescriptor: ~Copyable, Sendable {
    let number: Int32

    /// - Throws: `PostgresError` when the system gives no descriptor.
    init() throws(PostgresError) {
        var ends: [Int32] = [0, 0]
        guard unsafe pipe(&ends) == 0 else {
            throw PostgresError(state: nil, message: "no descriptor for a pipe", isConnectionLost: false)
        }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        (number, writing) = (ends[0], ends[1])
    }

    private let writing: Int32

    borrowing func wake() {
        var byte: UInt8 = 1
        _ = unsafe write(writing, &byte, 1)
    }

    /// Forgets the wakes until now.
    borrowing func clear() {
        var bytes = [UInt8](repeating: 0, count: 64)
        while unsafe read(number, &bytes, bytes.count) > 0 {}
    }

    deinit {
        close(number)
        close(writing)
    }
}
