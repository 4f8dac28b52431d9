import Dispatch
import Glibc
import Imaging
import Locking
import Logging

/// What a serving process does before anything else, and last.
public enum ServiceProcess {
    /// Signals are watched from here on, files are private, a client that goes away is no signal, and descriptors are
    /// as many as the system allows.
    public static func prepare(_ configuration: Configuration) -> SignalWatch {
        Platform.ignoreBrokenPipes()
        // Of one that comes before there is anything to load anew the process must not die.
        Platform.ignore(signal: SIGHUP)
        Platform.makeFilesPrivate()
        Platform.raiseDescriptorLimit()
        // A log that nobody reads must not hold up the end.
        let logger = Logger.service("phantom", configuration.log, write: Platform.writeToStandardErrorIfItTakes)
        return SignalWatch(patience: configuration.timeouts.drain + 4.5) {
            logger.critical("the stop takes longer than it may; what is not written is taken up at the next start")
            Platform.exitNow(1)
        }
    }

    /// Has SIGHUP load the models of `service` anew, for as long as the value returned lives.
    public static func reloadOnHangUp(_ service: Service) -> HangUpWatch { HangUpWatch { service.reload() } }

    /// Ends the process with 0 if all was written, with 1 if not. At once: threads that still compute, or wait for
    /// something that does not come, hold nothing that is worth waiting for.
    public static func end(isComplete: Bool) -> Never { Platform.exitNow(isComplete ? 0 : 1) }
}

/// SIGTERM and SIGINT: the first asks the service to stop, the second ends the process at once. So does time, where the
/// stop itself does not come to its end.
public final class SignalWatch {
    private let sources: [any DispatchSourceSignal]
    private let queue = DispatchQueue(label: "phantom.signals")
    private let first = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - patience: seconds from the first signal.
    ///   - end: called when they are over and the process still runs.
    init(patience: Double, end: @escaping @Sendable () -> Void) {
        let seen = Lock(0)
        let (queue, first) = (queue, first)
        sources = [SIGTERM, SIGINT].map { number in
            Platform.ignore(signal: number)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                let count = seen.withLock { count in
                    count += 1
                    return count
                }
                // 128 + the signal, as shells report it.
                if count > 1 { Platform.exitNow(128 + number) }
                queue.asyncAfter(deadline: .now() + patience, execute: end)
                first.signal()
            }
            source.activate()
            return source
        }
    }

    /// Returns after the first signal.
    public func wait() { first.wait() }
}

/// SIGHUP, as often as it comes.
public final class HangUpWatch {
    private let source: any DispatchSourceSignal

    init(_ action: @escaping @Sendable () -> Void) {
        Platform.ignore(signal: SIGHUP)
        source = DispatchSource.makeSignalSource(signal: SIGHUP, queue: DispatchQueue(label: "phantom.hangup"))
        source.setEventHandler(handler: action)
        source.activate()
    }
}
