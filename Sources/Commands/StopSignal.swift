import Dispatch
import Glibc
import Imaging
import Locking

/// Ctrl-C and SIGTERM of a command that saves before it ends: the first is noted, the second ends the process at once.
final class StopSignal {
    private let seen = Count()
    private let sources: [any DispatchSourceSignal]

    private final class Count: Sendable {
        let value = Lock(0)
    }

    init() {
        let seen = seen
        let queue = DispatchQueue(label: "phantom.stop")
        sources = [SIGINT, SIGTERM].map { number in
            DispatchSource.watch(signal: number, queue: queue) {
                let count = seen.value.withLock { count in
                    count += 1
                    return count
                }
                // 128 + the signal, as shells report it.
                if count > 1 { Platform.exitNow(128 + number) }
                Platform.writeToStandardError(Array("\nSaving; once more to end at once.\n".utf8))
            }
        }
    }

    var wasGiven: Bool { seen.value.withLock { $0 > 0 } }
}
