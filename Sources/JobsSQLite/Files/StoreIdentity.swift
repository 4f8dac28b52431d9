import Jobs

/// The files of a store as they were when it was opened: its database, its lock, its write-ahead log and the log's
/// index.
///
/// A process goes on writing into a file that has lost its name, and every commit succeeds: what it accepts then is
/// gone with the process. A second name (a hard link) lets another process open the same database beside the lock. So
/// the names are looked up before and after whatever is promised.
struct StoreIdentity: Sendable {
    private struct Member: Sendable {
        let path: String
        let what: String
        let inode: Inode
    }

    private let members: [Member]

    /// - Throws: `unusableStore` when one of the files is not there.
    init(storePath: String) throws(JobStoreError) {
        var members: [Member] = []
        for (suffix, what) in [
            ("", "database"), (".lock", "lock"), ("-wal", "write-ahead log"), ("-shm", "log's index"),
        ] {
            let path = storePath + suffix
            guard let found = Inode.named(path) else {
                throw .unusableStore(path: storePath, reason: "its \(what), \(path), is not there after opening it")
            }
            members.append(Member(path: path, what: what, inode: found.inode))
        }
        self.members = members
    }

    /// - Throws: `storeReplaced` when a file has lost its name, has another one as well, or has made room for another
    ///   file.
    func check() throws(JobStoreError) {
        for member in members {
            guard let found = Inode.named(member.path) else {
                throw .storeReplaced(path: member.path, reason: "the store's \(member.what) was removed or renamed")
            }
            guard found.inode == member.inode else {
                throw .storeReplaced(
                    path: member.path, reason: "another file has taken the place of the store's \(member.what)")
            }
            guard found.links == 1 else {
                throw .storeReplaced(
                    path: member.path,
                    reason: "the store's \(member.what) has \(found.links) names (hard links); it must have one")
            }
        }
    }
}
