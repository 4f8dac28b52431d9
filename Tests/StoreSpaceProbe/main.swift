// Fills a store, and with it the file system that it lies on; empties it again; fills it once more. Run by a test on a small one.
import Glibc
import Jobs
import JobsSQLite

func job(_ number: Int) -> NewJob {
    var job = NewJob(
        kind: "generation", model: ModelReference(name: "m", weightsSHA256: "ab"), request: [], run: [],
        work: PlannedWork(images: 1, steps: 1, callsPerImage: 1))
    let bytes = [UInt8](repeating: UInt8(number & 255), count: 50_000)
    job.inputs = [JobInput(name: "image", digest: "\(number)", mediaType: "image/png", bytes: bytes)]
    return job
}

/// - Returns: the jobs that were accepted before the store said that it is full.
func fill(_ store: SQLiteJobStore) throws(JobStoreError) -> [JobID] {
    var ids: [JobID] = []
    while true {
        do throws(JobStoreError) {
            ids.append(try store.insert(job(ids.count), queueLimit: 10_000).job.id)
        } catch {
            guard case .storeFull = error else { throw error }
            return ids
        }
    }
}

/// Takes what is left of the file system, as another program would.
func takeTheRest(beside path: String) {
    let file = unsafe open(path + ".other", O_WRONLY | O_CREAT | O_APPEND, 0o600)
    let block = [UInt8](repeating: 1, count: 4096)
    while unsafe write(file, block, block.count) > 0 {}
    close(file)
}

let path = CommandLine.arguments[1]
do throws(JobStoreError) {
    let store = try SQLiteJobStore(path: path)
    let ids = try fill(store)
    print("full with \(ids.count) jobs")
    takeTheRest(beside: path)
    do throws(JobStoreError) {
        try store.checkWritable()
        print("a full disk is called writable")
        exit(1)
    } catch {
        guard case .storeFull = error else { throw error }
    }
    for id in ids {
        _ = try store.cancel(id, usage: nil)
        try store.delete(id)
    }
    print("emptied")
    let start = ContinuousClock.now
    // The service looks once a second while there is trouble.
    while (try? store.checkWritable()) == nil {
        guard start.duration(to: .now) < .seconds(5) else {
            print("still full after 5 s")
            exit(1)
        }
        usleep(200_000)
    }
    let again = try fill(store)
    print("accepted again: \(again.count) jobs")
    exit(again.count >= ids.count / 2 ? 0 : 1)
} catch {
    print("\(error)")
    exit(1)
}
