import Glibc

/// What is asked of the operating system. The one file of this target with unsafe calls; the service adds its own.
package enum Platform {
    /// Nanoseconds of a clock that only moves forward.
    package static func monotonicNanoseconds() -> UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// Processors of the machine that are online.
    package static func onlineProcessors() -> Int { sysconf(Int32(_SC_NPROCESSORS_ONLN)) }

    /// A file of the system, whose length is known at its end only; nil where there is none that can be read.
    package static func text(of file: String) -> String? {
        guard let handle = unsafe fopen(file, "re") else { return nil }
        defer { unsafe fclose(handle) }
        var text: [UInt8] = [], piece = [UInt8](repeating: 0, count: 1 << 14)
        while text.count < 1 << 24 {
            // Never empty, so that it has an address.
            let count = unsafe piece.withUnsafeMutableBytes { unsafe fread($0.baseAddress!, 1, $0.count, handle) }
            guard count > 0 else { break }
            text += piece[..<count]
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Bytes of the machine.
    package static func physicalMemory() -> Int {
        let (bytes, overflow) = Int(sysconf(Int32(_SC_PHYS_PAGES))).multipliedReportingOverflow(
            by: Int(sysconf(Int32(_SC_PAGESIZE))))
        return overflow || bytes <= 0 ? 1 << 30 : bytes
    }

    /// One call, so that lines of several threads do not mix; a log that nobody reads any more is no reason to stop.
    package static func writeToStandardError(_ bytes: [UInt8]) {
        unsafe bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                let count = unsafe Glibc.write(STDERR_FILENO, buffer.baseAddress! + written, buffer.count - written)
                if count > 0 { written += count } else if errno != EINTR { return }
            }
        }
    }

    /// Runs another program in the place of this one (execv(3)).
    /// - Parameter arguments: the first is the name that the program is told to have.
    /// - Returns: the system's word for why it does not; otherwise this does not return.
    package static func replaceThisProcess(_ program: String, arguments: [String]) -> String {
        var words = unsafe arguments.map { unsafe strdup($0) } + [nil]
        unsafe execv(program, &words)
        let reason = unsafe String(cString: strerror(errno))
        unsafe words.forEach { unsafe free($0) }
        return reason
    }

    /// Has a signal do nothing.
    package static func ignore(signal number: Int32) { _ = signal(number, SIG_IGN) }

    /// Lets a signal do again what it does to a program that does not watch it.
    package static func restore(signal number: Int32) { _ = signal(number, SIG_DFL) }

    /// Ends the process now, without waiting for anything.
    package static func exitNow(_ status: Int32) -> Never { _exit(status) }

    /// Whether standard error is a terminal, where somebody may look.
    package static var standardErrorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }
}
