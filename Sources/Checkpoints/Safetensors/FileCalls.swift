import Bytes
import Glibc

/// Whether `path` is a folder, another thing, or not there (nil).
package func isFolder(_ path: String) -> Bool? {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    return status.st_mode & S_IFMT == S_IFDIR
}

/// Names in a folder, sorted; empty if it cannot be read.
package func names(in folder: String) -> [String] {
    guard let handle = unsafe opendir(folder) else { return [] }
    defer { unsafe closedir(handle) }
    // The field exists: the offset of a stored property of a C struct is always known.
    let nameOffset = MemoryLayout<dirent>.offset(of: \.d_name)!
    var names: [String] = []
    while let entry = unsafe readdir(handle) {
        // Where the name lies, not a copy of the field: an entry ends with its name, before the 256 bytes that its type
        // declares (readdir(3), NOTES), and the last entry of a full buffer with mapped memory.
        let name = unsafe String(
            cString: UnsafeRawPointer(entry).advanced(by: nameOffset).assumingMemoryBound(to: CChar.self))
        if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
}

/// Makes a folder and those above it, where they are not there.
/// - Throws: `CheckpointError` naming the folder that cannot be made, and why.
package func makeFolders(_ path: String) throws(CheckpointError) {
    do throws(FolderMaking.Failure) { try FolderMaking.make(path) } catch {
        let got = error.reason.map { "\"\($0)\"" + (error.place == path ? "" : " at \(error.place)") }
        throw CheckpointError(path: path, expected: "a folder that can be made", got: got ?? "no name of one")
    }
}

/// Makes a folder in one that is there: one that was taken away, as the scratch folder of a command that is broken off,
/// is not made anew.
/// - Throws: `CheckpointError` naming the folder that is not there or cannot be made.
package func makeFolder(_ name: String, in folder: String) throws(CheckpointError) {
    guard isFolder(folder) == true else { throw CheckpointError(path: folder, expected: "a folder", got: "none") }
    try makeFolders("\(folder)/\(name)")
}

/// Writes the bytes of `elements` as they lie in memory; the system's error number where that fails.
func writeAll<Element: BitwiseCopyable>(_ elements: [Element], to descriptor: Int32) -> Int32? {
    unsafe elements.withUnsafeBytes { buffer in
        var remaining = unsafe buffer[...]
        while unsafe !remaining.isEmpty {
            let chunk = unsafe UnsafeRawBufferPointer(rebasing: remaining)
            let written = unsafe Glibc.write(descriptor, chunk.baseAddress, min(chunk.count, 1 << 30))
            if written < 0 {
                if errno == EINTR { continue }
                return errno
            }
            unsafe remaining = remaining.dropFirst(written)
        }
        return nil
    }
}

/// The system's words for an error number.
func systemMessage(_ number: Int32) -> String {
    // Thread-safe since glibc 2.32 (strerror(3), ATTRIBUTES).
    guard let text = unsafe strerror(number) else { return "error \(number)" }
    return unsafe String(cString: text)
}
