import Glibc
import HTTP

/// A blocking TCP client on loopback that writes what it is told, in pieces, and gives up after a minute of silence.
package final class WireClient: Sendable {
    private let descriptor: FileDescriptor

    package enum Failure: Error, Equatable {
        case call(String, CInt)
    }

    package init(port: UInt16, receiveBuffer: CInt? = nil) throws {
        descriptor = try WireClient.connected(port, receiveBuffer)
    }

    private static func connected(_ port: UInt16, _ receiveBuffer: CInt?) throws -> FileDescriptor {
        let number = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw Failure.call("socket", errno) }
        let descriptor = FileDescriptor(owning: number)
        var patience = timeval(tv_sec: 60, tv_usec: 0)
        unsafe setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        if var receiveBuffer { unsafe setsockopt(number, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<CInt>.size)) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw Failure.call("connect", errno) }
        return descriptor
    }

    package func send(_ text: String) throws { try send(Array(text.utf8)) }

    package func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.send(descriptor.number, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
            guard count > 0 else { throw Failure.call("send", errno) }
            rest = rest.dropFirst(count)
        }
    }

    package func closeSendingSide() { Socket.shutdownWrite(descriptor) }

    /// One read; empty at the end.
    package func read(upTo count: Int = 65_536) throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: count)
        switch Socket.read(descriptor, into: &buffer) {
        case .count(let count): return Array(buffer[..<count])
        case .endOfInput: return []
        case .wouldBlock: throw Failure.call("recv", EAGAIN)
        case .failed(let code): throw Failure.call("recv", code)
        }
    }

    /// Everything until the server closes.
    package func readToEnd() throws -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let more = try read()
            if more.isEmpty { return bytes }
            bytes += more
        }
    }
}
