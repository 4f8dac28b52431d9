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
        Platform.makeFilesPrivate()
        Platform.raiseDescriptorLimit()
        // A log that nobody reads must not hold up the end.
        let logger = Logger.service("phantom", configuration.log, write: Platform.writeToStandardErrorIfItTakes)
        return SignalWatch(patience: configuration.timeouts.drain + 4.5) {
            logger.critical("the stop takes longer than it may; what is not written is taken up at the next start")
            Platform.exitNow(1)
        }
    }

    /// Ends the process with 0 if all was written, with 1 if not. At once: threads that still compute, or wait for
    /// something that does not come, hold nothing that is worth waiting for.
    public static func end(isComplete: Bool) -> Never { Platform.exitNow(isComplete ? 0 : 1) }
}

/// SIGTERM and SIGINT: the first asks the service to stop, the second ends the process at once. So does time, where the
/// stop itself does not come to its end. SIGHUP has the models loaded anew.
public final class SignalWatch {
    private let sources: [any DispatchSourceSignal]
    private let queue = DispatchQueue(label: "phantom.signals")
    private let first = DispatchSemaphore(value: 0)
    private let hangUps = HangUps()

    /// - Parameters:
    ///   - patience: seconds from the first signal.
    ///   - end: called when they are over and the process still runs.
    init(patience: Double, end: @escaping @Sendable () -> Void) {
        let seen = Lock(0)
        let (queue, first, hangUps) = (queue, first, hangUps)
        let hangUp = DispatchSource.watch(signal: SIGHUP, queue: DispatchQueue(label: "phantom.hangup")) {
            hangUps.come()
        }
        let stops = [SIGTERM, SIGINT].map { number in
            DispatchSource.watch(signal: number, queue: queue) {
                let count = seen.withLock { count in
                    count += 1
                    return count
                }
                // 128 + the signal, as shells report it.
                if count > 1 { Platform.exitNow(128 + number) }
                queue.asyncAfter(deadline: .now() + patience, execute: end)
                first.signal()
            }
        }
        sources = [hangUp] + stops
    }

    /// Returns after the first signal.
    public func wait() { first.wait() }

    /// Has SIGHUP load the models of `service` anew; one that has come already does so, too.
    public func reloadOnHangUp(_ service: Service) { hangUps.answer { service.reload() } }
}

/// SIGHUP, as often as it comes: one that comes before anybody answers it is kept until somebody does.
private final class HangUps: Sendable {
    private struct State {
        var hasCome = false
        var answer: (@Sendable () -> Void)?
    }

    private let state = Lock(State())

    func come() {
        let answer = state.withLock { state in
            state.hasCome = state.answer == nil
            return state.answer
        }
        answer?()
    }

    func answer(_ answer: @escaping @Sendable () -> Void) {
        let hasCome = state.withLock { state in
            state.answer = answer
            return state.hasCome
        }
        if hasCome { answer() }
    }
}
