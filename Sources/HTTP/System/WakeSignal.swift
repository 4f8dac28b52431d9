import CEpoll
import Glibc

/// An eventfd: a counter that any thread may raise and one poller watches.
struct WakeSignal: ~Copyable, Sendable {
    let descriptor: FileDescriptor

    init() throws(SystemError) {
        let number = eventfd(0, CInt(EFD_NONBLOCK | EFD_CLOEXEC))
        guard number >= 0 else { throw .last("eventfd") }
        descriptor = FileDescriptor(owning: number)
    }

    func raise() { _ = eventfd_write(descriptor.number, 1) }

    func clear() {
        var value: eventfd_t = 0
        _ = unsafe eventfd_read(descriptor.number, &value)
    }
}
