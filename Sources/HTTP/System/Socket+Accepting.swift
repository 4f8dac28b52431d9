import CEpoll
import Glibc

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
