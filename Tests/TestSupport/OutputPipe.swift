import Foundation
import Glibc
import Locking

/// What a child writes into one of its outputs, read by a thread so that the child never waits for the test.
final class OutputPipe: Sendable {
    private let held = Lock<[UInt8]>([])
    private let descriptor = Lock<Int32?>(nil)
    private let end = DispatchGroup()

    /// In memory of their own: the thread sanitizer does not see that an array which readers have let go of is the writer's.
    var bytes: [UInt8] { held.withLock { unsafe $0.withUnsafeBufferPointer { unsafe [UInt8]($0) } } }

    /// Whether the last of its writers has closed it, or it never had one.
    var isWhole: Bool { end.wait(timeout: .now()) == .success }

    func wait(_ seconds: Double) -> Bool { end.wait(timeout: .now() + seconds) == .success }

    /// - Returns: the end to write into, which the caller closes.
    func open() throws -> Int32 {
        let (reading, writing) = try pipeEnds()
        descriptor.withLock { $0 = reading }
        return writing
    }

    /// Begins to read, if it is open.
    func collect() {
        guard let reading = descriptor.withLock({ $0 }) else { return }
        end.enter()
        Thread { [self] in
            var piece = [UInt8](repeating: 0, count: 1 << 16)
            while true {
                let count = unsafe piece.withUnsafeMutableBytes { unsafe read(reading, $0.baseAddress, $0.count) }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                held.withLock { $0 += piece[..<count] }
            }
            close(reading)
            end.leave()
        }.start()
    }
}

/// The two ends of a new pipe, which no child inherits.
func pipeEnds() throws -> (reading: Int32, writing: Int32) {
    var ends: [Int32] = [0, 0]
    // Between these calls no child may start: it would hold the pipe open for as long as it lives.
    let isOpen = SpawnPlan.oneAtATime.withLock { _ in
        guard unsafe pipe(&ends) == 0 else { return false }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return true
    }
    guard isOpen else {
        throw ChildProcess.NotStarted(program: "a pipe", reason: unsafe String(cString: strerror(errno)))
    }
    return (ends[0], ends[1])
}
