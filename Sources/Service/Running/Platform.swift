import CMalloc
import FoundationEssentials
import Glibc

/// What is asked of the operating system. The one file of this target with unsafe calls.
enum Platform {
    /// Nanoseconds of a clock that only moves forward.
    static func monotonicNanoseconds() -> UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// Processors of the machine that are online.
    static func onlineProcessors() -> Int { sysconf(Int32(_SC_NPROCESSORS_ONLN)) }

    /// A file of the system, whose length is known at its end only; nil where there is none that can be read.
    static func text(of file: String) -> String? {
        guard let handle = unsafe fopen(file, "re") else { return nil }
        defer { unsafe fclose(handle) }
        var text: [UInt8] = [], piece = [UInt8](repeating: 0, count: 1 << 14)
        while text.count < 1 << 24 {
            let count = unsafe piece.withUnsafeMutableBytes { unsafe fread($0.baseAddress!, 1, $0.count, handle) }  // never empty
            guard count > 0 else { break }
            text += piece[..<count]
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Bytes of the machine.
    static func physicalMemory() -> Int {
        let (bytes, overflow) = Int(sysconf(Int32(_SC_PHYS_PAGES))).multipliedReportingOverflow(
            by: Int(sysconf(Int32(_SC_PAGESIZE))))
        return overflow || bytes <= 0 ? 1 << 30 : bytes
    }

    /// One call, so that lines of several threads do not mix; a log that nobody reads any more is no reason to stop.
    static func writeToStandardError(_ bytes: [UInt8]) {
        unsafe bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                let count = unsafe Glibc.write(STDERR_FILENO, buffer.baseAddress! + written, buffer.count - written)
                if count > 0 { written += count } else if errno != EINTR { return }
            }
        }
    }

    /// Writes only what a reader takes at once: a pipe that is full would hold this thread for ever.
    static func writeToStandardErrorIfItTakes(_ bytes: [UInt8]) {
        var entry = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
        // A pipe that can be written takes PIPE_BUF bytes, 4096, at least (pipe(7)).
        guard unsafe poll(&entry, 1, 0) == 1, entry.revents & Int16(POLLOUT) != 0 else { return }
        writeToStandardError(Array(bytes.prefix(4096)))
    }

    /// Lets the threads of HTTP and of the store go first: this thread, and those it creates, get what time they leave
    /// (`setpriority` acts on threads here, see sched(7)).
    static func lowerPriorityOfThisThread() {
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 5)
    }

    /// A write to a connection that the client has closed is an error to be handled and no signal.
    static func ignoreBrokenPipes() { ignore(signal: SIGPIPE) }

    static func ignore(signal number: Int32) { _ = signal(number, SIG_IGN) }

    /// Returns to the system what the heap holds and nobody uses: by itself it keeps much of what large arrays have taken.
    static func giveBackFreeMemory() { _ = malloc_trim(0) }

    static var standardErrorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// Files that this process makes are its owner's only.
    static func makeFilesPrivate() { umask(0o077) }

    /// As many descriptors as the system allows this process.
    static func raiseDescriptorLimit() {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// Ends the process now, without waiting for anything.
    static func exitNow(_ status: Int32) -> Never { _exit(status) }
}
