// Every unsafe call of this target is in this folder: the system's sockets, epoll and descriptors.
import CEpoll
import Glibc

/// What a non-blocking call came to. Would-block is a value, not an error.
package enum Transfer: Equatable {
    case count(Int)
    case endOfInput
    case wouldBlock
    case failed(CInt)
}

/// Calls on a connected or listening stream socket.
package enum Socket {
    /// Connections that the system queues before they are accepted; Linux itself caps it, by default at as many
    /// (net.core.somaxconn, listen(2)).
    static let backlog: CInt = 4_096

    /// Reads once into `buffer`, whose whole length is offered.
    package static func read(_ descriptor: borrowing FileDescriptor, into buffer: inout [UInt8]) -> Transfer {
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe recv(descriptor.number, $0.baseAddress, $0.count, 0)
            }
            if count > 0 { return .count(count) }
            if count == 0 { return .endOfInput }
            if errno == EINTR { continue }
            return errno == EAGAIN || errno == EWOULDBLOCK ? .wouldBlock : .failed(errno)
        }
    }

    /// Writes what the socket takes; a broken pipe is a value, not a signal (MSG_NOSIGNAL).
    package static func write(
        _ descriptor: borrowing FileDescriptor, _ bytes: ArraySlice<UInt8>, isLast: Bool
    ) -> Transfer {
        let flags = CInt(MSG_NOSIGNAL) | (isLast ? 0 : CInt(MSG_MORE))
        while true {
            let count = unsafe bytes.withUnsafeBytes { unsafe send(descriptor.number, $0.baseAddress, $0.count, flags) }
            if count > 0 { return .count(count) }
            if count == 0 { return .wouldBlock }
            if errno == EINTR { continue }
            return errno == EAGAIN || errno == EWOULDBLOCK ? .wouldBlock : .failed(errno)
        }
    }

    package static func shutdownWrite(_ descriptor: borrowing FileDescriptor) {
        _ = shutdown(descriptor.number, CInt(SHUT_WR))
    }

    static func setOption(_ descriptor: borrowing FileDescriptor, level: CInt, name: CInt, _ value: CInt) -> Bool {
        var value = value
        return unsafe setsockopt(descriptor.number, level, name, &value, socklen_t(MemoryLayout<CInt>.size)) == 0
    }

    /// The numbers of two connected sockets, non-blocking, for tests; the caller owns them.
    package static func pair() throws(SystemError) -> (CInt, CInt) {
        var numbers: [CInt] = [-1, -1]
        let type = CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, type, 0, &numbers) == 0 else { throw .last("socketpair") }
        return (numbers[0], numbers[1])
    }
}
