import Foundation
import Glibc
import Locking

/// How a child ended: a thread waits for it, so that none stays a zombie.
final class ProcessEnding: Sendable {
    private let outcome = Lock<Int32?>(nil)
    private let ended = DispatchGroup()

    init(of identifier: Int32) {
        ended.enter()
        Thread { [self] in
            var status: Int32 = 0
            while unsafe waitpid(identifier, &status, 0) < 0, errno == EINTR {}
            // waitpid(2): the low seven bits are the signal, zero where it has exited.
            let signal = status & 0x7f
            outcome.withLock { $0 = signal == 0 ? status >> 8 & 0xff : 128 + signal }
            ended.leave()
        }.start()
    }

    /// The exit status, or 128 + the signal; nil while it runs.
    var status: Int32? { outcome.withLock { $0 } }

    func wait(_ seconds: Double) -> Int32? {
        guard ended.wait(timeout: .now() + seconds) == .success else { return nil }
        return status
    }
}
