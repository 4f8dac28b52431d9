import Glibc

/// A file, whatever its names: device and inode number (stat(2)).
struct Inode: Hashable, Sendable {
    private let device: UInt64
    private let number: UInt64

    private init(_ info: stat) {
        (device, number) = (UInt64(info.st_dev), UInt64(info.st_ino))
    }

    /// The file of this name, and how many names it has; nil if there is none.
    static func named(_ path: String) -> (inode: Inode, links: UInt64)? {
        var info = stat()
        guard unsafe stat(path, &info) == 0 else { return nil }
        return (Inode(info), UInt64(info.st_nlink))
    }

    static func opened(_ descriptor: Int32) -> (inode: Inode, links: UInt64)? {
        var info = stat()
        guard unsafe fstat(descriptor, &info) == 0 else { return nil }
        return (Inode(info), UInt64(info.st_nlink))
    }
}
