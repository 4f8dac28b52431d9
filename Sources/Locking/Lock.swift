#if SANITIZER
import Glibc

/// A value that one thread at a time may use: `Synchronization.Mutex` with a lock that sanitizers see.
///
/// On Linux `Mutex` is a futex of its own, of which the thread sanitizer knows nothing: it reports every value that
/// stands behind one. Programs built for a sanitizer (`-DSANITIZER`) have this type instead, over
/// pthread_mutex_lock(3).
@safe public struct Lock<Value: ~Copyable>: ~Copyable, @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let value: UnsafeMutablePointer<Value>

    public init(_ initialValue: consuming sending Value) {
        unsafe mutex = .allocate(capacity: 1)
        unsafe pthread_mutex_init(mutex, nil)
        unsafe value = .allocate(capacity: 1)
        unsafe value.initialize(to: initialValue)
    }

    deinit {
        unsafe value.deinitialize(count: 1)
        unsafe value.deallocate()
        unsafe pthread_mutex_destroy(mutex)
        unsafe mutex.deallocate()
    }

    /// Calls `body` with the value while no other thread has it.
    public borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return try unsafe body(&value.pointee)
    }
}
#else
import Synchronization

/// A value that one thread at a time may use.
public typealias Lock<Value> = Mutex<Value> where Value: ~Copyable
#endif
