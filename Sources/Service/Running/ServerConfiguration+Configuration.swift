import HTTP

extension ServerConfiguration {
    /// The part of the configuration that concerns sockets.
    package init(_ configuration: Configuration) {
        self.init(host: configuration.host, port: UInt16(clamping: configuration.port))
        limits.headerBytes = configuration.limits.headerBytes
        limits.bodyBytes = configuration.limits.bodyBytes
        limits.connections = configuration.limits.connections
        limits.uncapped = configuration.proxies
        timeouts.header = .fromSeconds(configuration.timeouts.header)
        timeouts.body = .fromSeconds(configuration.timeouts.body)
        timeouts.idle = .fromSeconds(configuration.timeouts.idle)
        timeouts.drain = .fromSeconds(configuration.timeouts.drain)
    }
}

extension Duration {
    /// - Parameter seconds: 0 ... 86,400, as the configuration has checked.
    static func fromSeconds(_ seconds: Double) -> Duration { .milliseconds(Int64((seconds * 1000).rounded())) }
}
