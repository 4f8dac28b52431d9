import HTTP
import Logging
import Testing

/// Calls `body` with a server on loopback and its port, and stops it afterwards.
func withServer(
    _ handler: any Handler = ScriptedHandler(), limits: ServerConfiguration.Limits = .init(),
    timeouts: ServerConfiguration.Timeouts = .init(), host: String = "127.0.0.1", _ body: (Server, UInt16) throws -> Void
) throws {
    let configuration = ServerConfiguration(host: host, port: 0, limits: limits, timeouts: timeouts)
    let server = Server(configuration: configuration, handler: handler, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    try server.start()
    defer { server.stop() }
    try body(server, try #require(server.port))
}
