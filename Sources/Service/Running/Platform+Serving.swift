import CMalloc
import Glibc
import Imaging

// What the service alone asks of the operating system. The one file of this target with unsafe calls.
extension Platform {
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

    /// Returns to the system what the heap holds and nobody uses: by itself it keeps much of what large arrays have
    /// taken.
    static func giveBackFreeMemory() { _ = malloc_trim(0) }

    /// Files that this process makes are its owner's only.
    static func makeFilesPrivate() { umask(0o077) }

    /// Clock ticks of a second, in which the system counts processor time.
    static var ticksPerSecond: Int { sysconf(Int32(_SC_CLK_TCK)) }

    static var pageSize: Int { sysconf(Int32(_SC_PAGESIZE)) }

    /// Descriptors that this process may have open; nil where there is no limit.
    static var descriptorLimit: Int? {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        return Int(exactly: limit.rlim_cur)
    }

    /// Descriptors that this process has open; nil where the system does not tell.
    static var openDescriptors: Int? {
        guard let folder = unsafe opendir("/proc/self/fd") else { return nil }
        defer { unsafe closedir(folder) }
        // Itself, its parent and the descriptor of this look are no news.
        var count = -3
        while unsafe readdir(folder) != nil { count += 1 }
        return max(0, count)
    }

    /// As many descriptors as the system allows this process.
    static func raiseDescriptorLimit() {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
