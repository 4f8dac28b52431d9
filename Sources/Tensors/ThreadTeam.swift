import CKernels
import Glibc
import Synchronization

/// A fixed team of threads that share out the items of one loop at a time, with no allocation and no lock per loop.
///
/// `run` is a fork and join: the caller works too. Helpers spin a few microseconds for the next loop and then sleep,
/// so back-to-back operations cost no system call and an idle service costs no CPU.
///
/// A thread begins with its own share of the items, thread t of T with those from t / T of them on, and takes others' when it is done.
/// What one operation leaves in a core's cache the next then mostly finds there: reading it from another core takes many times as
/// long where the two share no cache. Which thread takes which item is chance all the same; an item's result must not depend on it.
@safe final class ThreadTeam: @unchecked Sendable {
    typealias Body = (_ item: Int, _ thread: Int) -> Void

    let count: Int
    private let generation = Atomic<Int>(0)
    private let shares: UnsafeMutablePointer<Share>
    private let pending = Atomic<Int>(0)
    private let sleepers = Atomic<Int>(0)
    private let stopped = Atomic<Bool>(false)
    private var items = 0
    private var body: UnsafePointer<Body>?
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let wake: UnsafeMutablePointer<pthread_cond_t>
    private var helpers: [pthread_t] = []

    /// Spins before sleeping: about 50 microseconds.
    private static let patience = 2_000

    /// - Parameter count: threads including the caller, at least 1.
    init(count: Int) {
        self.count = max(1, count)
        unsafe mutex = .allocate(capacity: 1)
        unsafe wake = .allocate(capacity: 1)
        unsafe pthread_mutex_init(mutex, nil)
        unsafe pthread_cond_init(wake, nil)
        unsafe shares = .allocate(capacity: self.count)
        for index in 0..<self.count { unsafe (shares + index).initialize(to: Share()) }
        for index in 1..<max(self.count, 1) { launch(index) }
    }

    deinit {
        stopped.store(true, ordering: .sequentiallyConsistent)
        unsafe pthread_mutex_lock(mutex)
        generation.add(1, ordering: .sequentiallyConsistent)
        unsafe pthread_cond_broadcast(wake)
        unsafe pthread_mutex_unlock(mutex)
        for helper in helpers { pthread_join(helper, nil) }
        unsafe pthread_mutex_destroy(mutex)
        unsafe pthread_cond_destroy(wake)
        unsafe mutex.deallocate()
        unsafe wake.deallocate()
        unsafe shares.deinitialize(count: count)
        unsafe shares.deallocate()
    }

    /// The next item of a thread's own. Alone in its cache lines: the others look at it only when they have nothing to do.
    private struct Share: ~Copyable {
        let next = Atomic<Int>(0)
        private let padding: (Int, Int, Int, Int, Int, Int, Int, Int, Int, Int, Int, Int, Int, Int, Int) = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    }

    /// Where the items of thread `index` begin; those of the one before end there.
    private func start(_ index: Int) -> Int { items * index / count }

    /// The item that the thread of `item` will probably take next in a loop of `items`, or nil if that was the last of its share.
    func item(after item: Int, of items: Int) -> Int? {
        let owner = ((item + 1) * count - 1) / items
        return item + 1 < items * (owner + 1) / count ? item + 1 : nil
    }

    /// Calls `body(item, thread)` once for every item in 0..<items; returns when all are done.
    func run(_ items: Int, _ body: Body) {
        guard items > 1, count > 1 else {
            for item in 0..<items { body(item, 0) }
            return
        }
        withoutActuallyEscaping(body) { escaping in
            unsafe withUnsafePointer(to: escaping) { pointer in
                unsafe self.body = pointer
                self.items = items
                for index in 0..<count { unsafe shares[index].next.store(start(index), ordering: .relaxed) }
                pending.store(count - 1, ordering: .relaxed)
                generation.add(1, ordering: .sequentiallyConsistent)
                if sleepers.load(ordering: .sequentiallyConsistent) > 0 { wakeHelpers() }
                take(escaping, thread: 0)
                var spins = 0
                while pending.load(ordering: .acquiring) > 0 {
                    spins += 1
                    if spins > Self.patience { sched_yield() } else { ck_pause() }
                }
                unsafe self.body = nil
            }
        }
    }

    private func take(_ body: Body, thread: Int) {
        for offset in 0..<count {
            let owner = (thread + offset) % count, end = start(owner + 1)
            while true {
                let item = unsafe shares[owner].next.add(1, ordering: .relaxed).oldValue
                if item >= end { break }
                body(item, thread)
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
            if let body = unsafe body { unsafe take(body.pointee, thread: thread) }
            pending.subtract(1, ordering: .releasing)
        }
    }

    private func waitForGeneration(after seen: Int) {
        for _ in 0..<Self.patience {
            if generation.load(ordering: .acquiring) != seen { return }
            ck_pause()
        }
        unsafe pthread_mutex_lock(mutex)
        sleepers.add(1, ordering: .sequentiallyConsistent)
        while generation.load(ordering: .sequentiallyConsistent) == seen { unsafe pthread_cond_wait(wake, mutex) }
        sleepers.subtract(1, ordering: .sequentiallyConsistent)
        unsafe pthread_mutex_unlock(mutex)
    }

    private func launch(_ thread: Int) {
        let start = unsafe Unmanaged.passRetained(Start(team: self, thread: thread)).toOpaque()
        var id = pthread_t()
        let failure = unsafe pthread_create(&id, nil, { raw in
            let start = unsafe Unmanaged<Start>.fromOpaque(raw!).takeRetainedValue()  // raw is the `start` passed below
            let thread = start.thread
            unsafe start.team.work(thread: thread)
            return nil
        }, start)
        // A machine that cannot start a thread cannot serve; there is nothing to fall back to.
        if failure != 0 { fatalError("pthread_create failed with \(failure) for compute thread \(thread)") }
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
