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

    /// As many descriptors as the system allows this process.
    static func raiseDescriptorLimit() {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
