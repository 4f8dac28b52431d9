import Synchronization

/// Work that was done, counted: it does not depend on the machine, on what else it does, or on how fast it is.
struct Work {
    /// Blocks of memory asked for; with `COUNT_REGIONS`, regions of source entered.
    var operations: Int
    /// Bytes asked for.
    var bytes: Int
}

/// Counts what the program asks of `malloc`: every string, array and dictionary that grows or is copied, every object and
/// closure, and what libraries do alike. It can be had everywhere, and costs next to nothing.
///
/// A loop over plain numbers asks for nothing and is not seen. Retired instructions would show it, but virtual machines
/// seldom have the processor's counters. So built with `-profile-generate -D COUNT_REGIONS` (`make growth`) the probe
/// counts entries of functions, closures, branches and loop bodies in all Swift code that is built here instead.
enum WorkCounter {
    /// What `body` takes, with all threads that work for it.
    static func count(_ body: () -> Void) -> Work {
        let before = now
        body()
        let after = now
        return Work(operations: after.operations - before.operations, bytes: after.bytes - before.bytes)
    }

    private static var now: Work {
        let bytes = requestedBytes.load(ordering: .relaxed)
        #if COUNT_REGIONS
            let regions = unsafe UnsafeBufferPointer(start: firstCounter(), count: endOfCounters() - firstCounter())
            return Work(operations: Int(unsafe regions.reduce(0, &+)), bytes: bytes)
        #else
            return Work(operations: requests.load(ordering: .relaxed), bytes: bytes)
        #endif
    }
}

#if COUNT_REGIONS
    // How often each region of the source was entered, as LLVM's profile runtime keeps it.
    @_silgen_name("__llvm_profile_begin_counters")
    private func firstCounter() -> UnsafePointer<UInt64>
    @_silgen_name("__llvm_profile_end_counters")
    private func endOfCounters() -> UnsafePointer<UInt64>
#endif

// MARK: - In the place of the system's allocator

// Initialised before the program begins, without any code: the first block is asked for long before `main`.
private let requests = Atomic<Int>(0)
private let requestedBytes = Atomic<Int>(0)

// glibc's own names of its allocator, for programs that put themselves in its place.
@_silgen_name("__libc_malloc") private func systemMalloc(_ size: Int) -> UnsafeMutableRawPointer?
@_silgen_name("__libc_calloc") private func systemCalloc(_ count: Int, _ size: Int) -> UnsafeMutableRawPointer?
@_silgen_name("__libc_realloc")
private func systemRealloc(_ block: UnsafeMutableRawPointer?, _ size: Int) -> UnsafeMutableRawPointer?

private func note(_ bytes: Int) {
    requests.wrappingAdd(1, ordering: .relaxed)
    requestedBytes.wrappingAdd(bytes, ordering: .relaxed)
}

// The linker gives these three the names that all others call (`Package.swift`).
@_cdecl("counting_malloc") public func countingMalloc(_ size: Int) -> UnsafeMutableRawPointer? {
    note(size)
    return unsafe systemMalloc(size)
}

@_cdecl("counting_calloc") public func countingCalloc(_ count: Int, _ size: Int) -> UnsafeMutableRawPointer? {
    note(count &* size)
    return unsafe systemCalloc(count, size)
}

@_cdecl("counting_realloc")
public func countingRealloc(_ block: UnsafeMutableRawPointer?, _ size: Int) -> UnsafeMutableRawPointer? {
    note(size)
    return unsafe systemRealloc(block, size)
}
