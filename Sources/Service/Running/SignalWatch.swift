import Dispatch
import Glibc
import Synchronization

/// What a serving process does before anything else.
public enum ServiceProcess {
    /// Signals are watched from here on, files are private, a client that goes away is no signal, and descriptors are as many
    /// as the system allows.
    public static func prepare() -> SignalWatch {
        Platform.ignoreBrokenPipes()
        Platform.makeFilesPrivate()
        Platform.raiseDescriptorLimit()
        return SignalWatch()
    }
}

/// SIGTERM and SIGINT: the first asks the service to stop, the second ends the process at once.
public final class SignalWatch {
    private let sources: [any DispatchSourceSignal]
    private let queue = DispatchQueue(label: "phantom.signals")
    private let first = DispatchSemaphore(value: 0)

    public init() {
        let seen = Mutex(0)
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
                first.signal()
            }
            source.activate()
            return source
        }
    }

    /// Returns after the first signal.
    public func wait() { first.wait() }
}
