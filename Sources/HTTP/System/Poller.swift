import CEpoll
import Glibc

/// An epoll instance: which of many sockets can be read or written.
final class Poller: Sendable {
    struct Interest: OptionSet, Sendable {
        let rawValue: UInt32
        static let input = Interest(rawValue: EPOLLIN.rawValue | EPOLLRDHUP.rawValue)
        static let output = Interest(rawValue: EPOLLOUT.rawValue)
    }

    struct Event {
        var token: UInt64
        var isReadable: Bool
        var isBroken: Bool
    }

    private let epoll: FileDescriptor

    init() throws(SystemError) {
        let number = epoll_create1(CInt(EPOLL_CLOEXEC))
        guard number >= 0 else { throw .last("epoll_create1") }
        epoll = FileDescriptor(owning: number)
    }

    func add(_ descriptor: borrowing FileDescriptor, token: UInt64, _ interest: Interest) -> Bool {
        control(EPOLL_CTL_ADD, descriptor.number, token, interest)
    }

    func modify(_ descriptor: borrowing FileDescriptor, token: UInt64, _ interest: Interest) -> Bool {
        control(EPOLL_CTL_MOD, descriptor.number, token, interest)
    }

    private func control(_ operation: CInt, _ number: CInt, _ token: UInt64, _ interest: Interest) -> Bool {
        var event = unsafe epoll_event()
        unsafe event.events = interest.rawValue
        unsafe event.data.u64 = token
        return unsafe epoll_ctl(epoll.number, operation, number, &event) == 0
    }

    /// Waits for events, at most `milliseconds` long; -1 waits for ever. Of more than 256 the rest comes next time.
    func wait(milliseconds: CInt) -> [Event] {
        let capacity = 256
        return unsafe withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: capacity) { buffer in
            let count = unsafe epoll_wait(epoll.number, buffer.baseAddress, CInt(capacity), milliseconds)
            return (0..<max(0, Int(count))).map { index in
                let flags = unsafe buffer[index].events
                return unsafe Event(
                    token: buffer[index].data.u64,
                    isReadable: flags & Interest.input.rawValue != 0,
                    isBroken: flags & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0)
            }
        }
    }
}
