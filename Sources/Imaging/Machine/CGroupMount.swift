/// A mounted hierarchy of control groups, as a line of `/proc/self/mountinfo` tells of it (proc_pid_mountinfo(5)).
struct CGroupMount: Equatable {
    /// Whether it is of version 2.
    let isUnified: Bool
    /// Of version 1: the controllers whose files are there.
    let controllers: [String]
    /// The group that is mounted, as the hierarchy counts from its own root.
    let root: String
    let point: String

    /// The hierarchies among the mounts, in the order of their mounting.
    static func list(_ mountinfo: String) -> [CGroupMount] {
        mountinfo.split(separator: "\n").compactMap { CGroupMount(line: $0) }
    }

    /// Where they are by convention, for sandboxes whose mounts do not say what they are.
    static let usual = [
        CGroupMount(isUnified: true, controllers: [], root: "/", point: "/sys/fs/cgroup"),
        CGroupMount(isUnified: false, controllers: ["memory"], root: "/", point: "/sys/fs/cgroup/memory"),
        CGroupMount(isUnified: false, controllers: ["cpu"], root: "/", point: "/sys/fs/cgroup/cpu"),
    ]

    private init(isUnified: Bool, controllers: [String], root: String, point: String) {
        (self.isUnified, self.controllers, self.root, self.point) = (isUnified, controllers, root, point)
    }

    /// `31 23 0:28 /root /mount/point options [optional fields] - type source superblock-options`; nil for mounts of
    /// other kinds.
    private init?(line: Substring) {
        let fields = line.split(separator: " ", omittingEmptySubsequences: false)
        guard let dash = fields.dropFirst(6).firstIndex(of: "-"), dash + 3 < fields.count else { return nil }
        switch fields[dash + 1] {
        case "cgroup2": isUnified = true
        case "cgroup": isUnified = false
        default: return nil
        }
        controllers = isUnified ? [] : fields[dash + 3].split(separator: ",").map(String.init)
        root = Self.unescaped(fields[3])
        point = Self.unescaped(fields[4])
    }

    /// Blanks and backslashes are written as three octal digits.
    private static func unescaped(_ field: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(field.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), rest.count >= 3,
                let value = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
            {
                bytes.append(value)
                rest.removeFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The directories of a group and of all above it that are mounted here, the group's own first.
    /// - Parameter path: the group as `/proc/self/cgroup` names it. One that lies outside of what is mounted (`/../..`
    ///   where the namespace begins further down, or a path of the host's where the container's own group is mounted)
    ///   is taken for what is mounted.
    func directories(of path: String) -> [String] {
        let mounted = root.split(separator: "/"), whole = path.split(separator: "/")
        let isInside = whole.starts(with: mounted) && !whole.contains("..")
        let below = isInside ? whole.dropFirst(mounted.count) : []
        let base = point == "/" ? "" : point
        return (0...below.count).reversed().map { depth in base + below.prefix(depth).map { "/" + $0 }.joined() }
    }
}
