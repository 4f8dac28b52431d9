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
        try server.start()
        let signals = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)  // the source below is told all the same
            return DispatchSource.makeSignalSource(signal: number, queue: .main)
        }
        for source in signals {
            source.setEventHandler { server.drain { HTTPEcho.exit() } }
            source.resume()
        }
        withExtendedLifetime(signals) { dispatchMain() }
    }
}
