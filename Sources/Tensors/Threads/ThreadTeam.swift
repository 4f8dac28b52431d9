import CKernels
import Glibc
import Synchronization

/// A fixed team of threads that share out the items of one loop at a time, with no allocation and no lock per loop.
///
/// `run` is a fork and join: the caller works too. Helpers spin a few microseconds for the next loop and then sleep, so
/// back-to-back operations cost no system call and an idle service costs no CPU.
///
/// A thread begins with its own share of the items, thread t of T with those from t / T of them on, and takes others'
/// when it is done. What one operation leaves in a core's cache the next then mostly finds there: reading it from
/// another core takes many times as long where the two share no cache. Which thread takes which item is chance all the
/// same; an item's result must not depend on it.
///
/// Handing a cache line from core to core is what a loop costs, so there are three: what is to be done, read by every
/// helper; then each its own share, which others look at only where there is something to take; then word that it has
/// ended.
@safe final class ThreadTeam: @unchecked Sendable {
    typealias Body = (_ item: Int, _ thread: Int) -> Void

    /// Threads, the caller among them: as many as were asked for, or fewer where the system starts no more (a limit of
    /// the process or of its control group). What is computed does not depend on it.
    private(set) var count: Int
    private let call: UnsafeMutablePointer<Call>
    let shares: UnsafeMutablePointer<Share>
    private let sleepers = Atomic<Int>(0)
    private let stopped = Atomic<Bool>(false)
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let wake: UnsafeMutablePointer<pthread_cond_t>
    private var helpers: [pthread_t] = []
    /// Shares there is room for: the threads that were asked for.
    private let places: Int

    /// Spins before sleeping: about 50 microseconds.
    private static let patience = 2_000
    /// Spins before the caller takes the items of a helper that has not begun: one or two microseconds, more than word
    /// takes to arrive.
    private static let forbearance = 100

    /// - Parameter count: threads including the caller, at least 1.
    init(count: Int) {
        self.count = max(1, count)
        places = self.count
        unsafe mutex = .allocate(capacity: 1)
        unsafe wake = .allocate(capacity: 1)
        unsafe pthread_mutex_init(mutex, nil)
        unsafe pthread_cond_init(wake, nil)
        unsafe call = Self.allocate(1)
        unsafe call.initialize(to: Call())
        unsafe shares = Self.allocate(self.count)
        for index in 0..<self.count { unsafe (shares + index).initialize(to: Share()) }
        for index in 1..<max(places, 1) where helpers.count == index - 1 { launch(index) }
        self.count = helpers.count + 1
    }

    deinit {
        stopped.store(true, ordering: .sequentiallyConsistent)
        unsafe pthread_mutex_lock(mutex)
        unsafe call.pointee.generation.add(1, ordering: .sequentiallyConsistent)
        unsafe pthread_cond_broadcast(wake)
        unsafe pthread_mutex_unlock(mutex)
        for helper in helpers { pthread_join(helper, nil) }
        unsafe pthread_mutex_destroy(mutex)
        unsafe pthread_cond_destroy(wake)
        unsafe mutex.deallocate()
        unsafe wake.deallocate()
        unsafe shares.deinitialize(count: places)
        unsafe shares.deallocate()
        unsafe call.deinitialize(count: 1)
        unsafe call.deallocate()
    }

    /// A loop, written by the caller while no helper works.
    @unsafe private struct Call: ~Copyable {
        let generation = Atomic<Int>(0)
        var items = 0
        var body: UnsafePointer<Body>?
    }

    /// Memory that shares no cache lines with anything else.
    private static func allocate<T: ~Copyable>(_ count: Int) -> UnsafeMutablePointer<T> {
        let bytes = (count * MemoryLayout<T>.stride + 127) / 128 * 128
        let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 128)
        return unsafe memory.bindMemory(to: T.self, capacity: count)
    }

    /// Calls `body(item, thread)` once for every item in 0..<items; returns when all are done.
    func run(_ items: Int, _ body: Body) {
        guard items > 1, count > 1 else {
            for item in 0..<items { body(item, 0) }
            return
        }
        precondition(items < Share.most, "a loop of \(items) items; a share counts \(Share.most)")
        withoutActuallyEscaping(body) { escaping in
            unsafe withUnsafePointer(to: escaping) { pointer in
                unsafe call.pointee.body = pointer
                unsafe call.pointee.items = items
                let generation = unsafe call.pointee.generation.add(1, ordering: .sequentiallyConsistent).newValue
                if sleepers.load(ordering: .sequentiallyConsistent) > 0 { wakeHelpers() }
                take(items, generation, thread: 0, escaping)
                var spins = 0
                for helper in 1..<count {
                    while unsafe shares[helper].ended.load(ordering: .acquiring) != generation {
                        spins += 1
                        if spins == Self.forbearance { takeFromOthers(items, generation, thread: 0, escaping) }
                        if spins > Self.patience { sched_yield() } else { ck_pause() }
                    }
                }
                unsafe call.pointee.body = nil
            }
        }
    }

    private func wakeHelpers() {
        unsafe pthread_mutex_lock(mutex)
        unsafe pthread_cond_broadcast(wake)
        unsafe pthread_mutex_unlock(mutex)
    }

    /// Helper `thread`'s life: wait for a new generation, take items, report.
    private func work(thread: Int) {
        var seen = 0
        while true {
            waitForGeneration(after: seen)
            seen += 1
            if stopped.load(ordering: .acquiring) { return }
            if let body = unsafe call.pointee.body {
                unsafe take(call.pointee.items, seen, thread: thread, body.pointee)
            }
            unsafe shares[thread].ended.store(seen, ordering: .releasing)
        }
    }

    private func waitForGeneration(after seen: Int) {
        for _ in 0..<Self.patience {
            if unsafe call.pointee.generation.load(ordering: .acquiring) != seen { return }
            ck_pause()
        }
        unsafe pthread_mutex_lock(mutex)
        sleepers.add(1, ordering: .sequentiallyConsistent)
        while unsafe call.pointee.generation.load(ordering: .sequentiallyConsistent) == seen {
            unsafe pthread_cond_wait(wake, mutex)
        }
        sleepers.subtract(1, ordering: .sequentiallyConsistent)
        unsafe pthread_mutex_unlock(mutex)
    }

    private func launch(_ thread: Int) {
        let start = unsafe Unmanaged.passRetained(Start(team: self, thread: thread)).toOpaque()
        var id = pthread_t()
        let failure = unsafe pthread_create(
            &id, nil,
            { raw in
                // raw is the `start` passed below.
                let start = unsafe Unmanaged<Start>.fromOpaque(raw!).takeRetainedValue()
                let thread = start.thread
                unsafe start.team.work(thread: thread)
                return nil
            }, start)
        guard failure == 0 else {
            unsafe Unmanaged<Start>.fromOpaque(start).release()
            return
        }
        helpers.append(id)
    }

    /// What a new thread is told. The team outlives its threads: `deinit` joins them.
    @safe private final class Start {
        unowned(unsafe) let team: ThreadTeam
        let thread: Int
        init(team: ThreadTeam, thread: Int) {
            unsafe self.team = team
            self.thread = thread
        }
    }
}
