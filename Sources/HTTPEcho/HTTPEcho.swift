import ArgumentParser
import Dispatch
import Glibc
import HTTP
import Logging

/// The bare HTTP target on loopback, so that outside conformance suites can be pointed at it.
@main
struct HTTPEcho: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "HTTPEcho",
        abstract: "Answer GET, HEAD, OPTIONS and POST at / on the loopback addresses.")

    @Option(help: "The port to listen on; 0 lets the system choose.")
    var port: UInt16

    func run() throws {
        let server = Server(
            configuration: ServerConfiguration(host: "localhost", port: port), handler: Echo(),
            logger: Logger(label: "HTTPEcho", factory: { StreamLogHandler.standardError(label: $0) }))
        // Watched before anyone can know that the server is there: a signal that comes earlier must not be lost.
        let signals = watch { server.drain { HTTPEcho.exit() } }
        try server.start()
        withExtendedLifetime(signals) { dispatchMain() }
    }

    /// Calls `action` on SIGTERM and SIGINT; returns when both are being watched.
    private func watch(_ action: @escaping @Sendable () -> Void) -> [any DispatchSourceSignal] {
        let queue = DispatchQueue(label: "phantom.signals")
        let registered = DispatchGroup()
        return [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)  // the source is told all the same
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler(handler: action)
            registered.enter()
            source.setRegistrationHandler { registered.leave() }
            source.resume()
            registered.wait()
            return source
        }
    }
}
