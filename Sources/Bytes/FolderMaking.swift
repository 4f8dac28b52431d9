import Glibc

/// Makes folders, as `mkdir -p` does.
package enum FolderMaking {
    /// Why a folder cannot be made.
    package struct Failure: Error {
        /// The folder that cannot be made: the one that was asked for, or one above it.
        package let place: String
        /// The system's words for it; nil where the path names no folder.
        package let reason: String?
    }

    /// Makes a folder and those above it, where they are not there; the user's mask says who may look into them.
    package static func make(_ path: String) throws(Failure) {
        var made = path.hasPrefix("/") ? "/" : ""
        for name in path.split(separator: "/") {
            made += made.isEmpty || made == "/" ? String(name) : "/\(name)"
            guard !isFolder(made) else { continue }
            let failure = unsafe mkdir(made, 0o777) == 0 ? 0 : errno
            // Another process may have made it meanwhile.
            if failure == 0 || failure == EEXIST && isFolder(made) { continue }
            throw Failure(place: made, reason: unsafe String(cString: strerror(failure)))
        }
        guard isFolder(path) else { throw Failure(place: path, reason: nil) }
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
