// Every unsafe call of this target is in this file: the system's sockets, epoll and descriptors.
import CEpoll
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

// MARK: - Listening

/// What accepting came to.
enum Accepted: ~Copyable {
    case connection(FileDescriptor, PeerAddress)
    case wouldBlock
    /// This client was lost before it was accepted; there may be others.
    case aborted
    /// Mostly: no descriptors or memory left, in the process or the system.
    case failed(CInt)
}

extension Socket {
    /// Listening sockets for every address of `host`; the first one fixes the port for the others.
    static func listen(host: String, port: UInt16) throws(SystemError) -> (sockets: [Listener], port: UInt16) {
        // RFC 6761 section 6.3: localhost is the loopback addresses, whatever a resolver says.
        let hosts = host.lowercased() == "localhost" ? ["127.0.0.1", "::1"] : [host]
        var listeners: [Listener] = []
        var bound = port
        for name in hosts {
            do throws(SystemError) {
                for listener in try listenOn(name, &bound) { listeners.append(listener) }
            } catch {
                if listeners.isEmpty { throw error }  // a machine may lack one of the two families
            }
        }
        return (listeners, bound)
    }

    private static func listenOn(_ host: String, _ port: inout UInt16) throws(SystemError) -> [Listener] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        unsafe hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var results: UnsafeMutablePointer<addrinfo>?
        let status = unsafe getaddrinfo(host, String(port), &hints, &results)
        guard status == 0, let first = unsafe results else {
            throw SystemError(call: "getaddrinfo(\(host))", code: status == EAI_SYSTEM ? errno : EADDRNOTAVAIL)
        }
        defer { unsafe freeaddrinfo(first) }
        var listeners: [Listener] = []
        var next: UnsafeMutablePointer<addrinfo>? = unsafe first
        while let info = unsafe next {
            if let address = unsafe info.pointee.ai_addr {
                unsafe setPort(address, port)
                let listener = unsafe try bind(address, info.pointee.ai_addrlen, family: info.pointee.ai_family, host)
                port = boundPort(listener.descriptor)
                listeners.append(listener)
            }
            unsafe next = info.pointee.ai_next
        }
        return listeners
    }

    private static func setPort(_ address: UnsafeMutablePointer<sockaddr>, _ port: UInt16) {
        // sin_port and sin6_port are both bytes 2 and 3.
        let raw = UnsafeMutableRawPointer(address)
        unsafe raw.storeBytes(of: port.bigEndian, toByteOffset: 2, as: UInt16.self)
    }

    private static func bind(
        _ address: UnsafeMutablePointer<sockaddr>, _ length: socklen_t, family: CInt, _ host: String
    ) throws(SystemError) -> Listener {
        let number = socket(family, CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw .last("socket") }
        let descriptor = FileDescriptor(owning: number)
        _ = setOption(descriptor, level: SOL_SOCKET, name: SO_REUSEADDR, 1)
        if family == AF_INET6 {
            // `::` is meant for both families, every other address for itself.
            _ = setOption(descriptor, level: CInt(IPPROTO_IPV6), name: IPV6_V6ONLY, host == "::" ? 0 : 1)
        }
        guard unsafe Glibc.bind(number, address, length) == 0 else { throw .last("bind(\(host))") }
        guard Glibc.listen(number, backlog) == 0 else { throw .last("listen(\(host))") }
        return Listener(descriptor)
    }

    private static func boundPort(_ descriptor: borrowing FileDescriptor) -> UInt16 {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return unsafe withUnsafeMutablePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard unsafe getsockname(descriptor.number, address, &length) == 0 else { return 0 }
                return unsafe UInt16(bigEndian: UnsafeRawPointer(address).load(fromByteOffset: 2, as: UInt16.self))
            }
        }
    }

    static func accept(_ listener: borrowing FileDescriptor) -> Accepted {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let flags = CInt(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let number = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe accept4(listener.number, address, &length, flags)
            }
        }
        guard number >= 0 else { return acceptFailure(errno) }
        let descriptor = FileDescriptor(owning: number)
        _ = setOption(descriptor, level: CInt(IPPROTO_TCP), name: TCP_NODELAY, 1)
        return .connection(descriptor, peerAddress(storage))
    }

    private static func acceptFailure(_ code: CInt) -> Accepted {
        switch code {
        case EAGAIN, EWOULDBLOCK: .wouldBlock
        // accept(2): errors of the new connection itself are reported here and mean no more than its loss.
        case EINTR, ECONNABORTED, EPROTO, ENETDOWN, ENETUNREACH, EHOSTDOWN, EHOSTUNREACH, ETIMEDOUT, EPERM: .aborted
        default: .failed(code)
        }
    }

    private static func peerAddress(_ storage: sockaddr_storage) -> PeerAddress {
        unsafe withUnsafeBytes(of: storage) { bytes in
            let port = unsafe UInt16(bytes[2]) << 8 | UInt16(bytes[3])
            switch CInt(storage.ss_family) {
            case AF_INET:
                let address = (4..<8).reduce(UInt32(0)) { unsafe $0 << 8 | UInt32(bytes[$1]) }
                return PeerAddress(host: .ipv4(address), port: port)
            case AF_INET6: return unsafe PeerAddress(ipv6: Array(bytes[8..<24]), port: port)
            default: return .unknown
            }
        }
    }
}

extension PeerAddress.Host {
    /// - Parameter text: an address as it is written (RFC 4291 section 2.2; IPv4 as four decimal numbers); nil for
    ///   anything else.
    public init?(_ text: String) {
        // The system's parser would stop at a zero byte.
        guard !text.utf8.contains(0) else { return nil }
        var short = in_addr()
        var long = in6_addr()
        if unsafe inet_pton(AF_INET, text, &short) == 1 {
            self = .ipv4(UInt32(bigEndian: short.s_addr))
        } else if unsafe inet_pton(AF_INET6, text, &long) == 1 {
            self = unsafe withUnsafeBytes(of: long) { bytes in unsafe PeerAddress(ipv6: Array(bytes), port: 0).host }
        } else {
            return nil
        }
    }
}

// MARK: - Readiness

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

enum SystemClock {
    static func secondsSince1970() -> Int { time(nil) }
}
