// The files of this folder are the only ones of this target that call the operating system: for the store's files and
// locks, and free space.
import Glibc

/// What the last call has said that failed.
func lastError() -> String {
    unsafe String(cString: strerror(errno))
}
