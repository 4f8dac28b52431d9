import CEpoll
import Glibc

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
}
