/// What the control groups of this process allow it, version 1 and 2, nested (cgroups(7), Linux
/// `admin-guide/cgroup-v2.rst`): the least limit of its own group and of all above it that can be seen.
///
/// A container's group is the root of its mount, so the limit lies right under `/sys/fs/cgroup`; a systemd unit's, or a
/// container's in the host's namespace, lies under the path that `/proc/self/cgroup` names.
struct ControlGroups {
    /// A limit, and the file that sets it.
    struct Limit<Value: Comparable & Sendable>: Sendable {
        let value: Value
        let file: String
    }

    /// Directories of the groups that this process is in, its own first, by the controllers that their files are of.
    private let memory: [Directory], processors: [Directory]
    private let read: (String) -> String?

    private struct Directory {
        let path: String
        let isUnified: Bool
    }

    /// - Parameter read: the text of a file; nil where there is none that can be read.
    init(read: @escaping (String) -> String?) {
        self.read = read
        let memberships = Self.memberships(read("/proc/self/cgroup") ?? "")
        let mounts = CGroupMount.list(read("/proc/self/mountinfo") ?? "")
        func directories(_ controller: String) -> [Directory] {
            (mounts + CGroupMount.usual).filter { $0.isUnified || $0.controllers.contains(controller) }.flatMap {
                mount in
                mount.directories(of: memberships[mount.isUnified ? "" : controller] ?? "/").map {
                    Directory(path: $0, isUnified: mount.isUnified)
                }
            }
        }
        memory = directories("memory")
        processors = directories("cpu")
    }

    /// Bytes; nil where there is no limit. `memory.high` is one as well: what exceeds it is slowed down until it hardly
    /// moves.
    var memoryLimit: Limit<Int>? {
        memory.flatMap { directory in
            (directory.isUnified ? ["memory.max", "memory.high"] : ["memory.limit_in_bytes"]).compactMap { name in
                limit("\(directory.path)/\(name)") { text in Self.count(text) }
            }
        }.min { $0.value < $1.value }
    }

    /// Processors' worth of time per period; nil where there is no limit.
    var processorLimit: Limit<Double>? {
        processors.compactMap { directory in
            guard directory.isUnified else {
                guard let period = read("\(directory.path)/cpu.cfs_period_us").flatMap(Self.count) else { return nil }
                return limit("\(directory.path)/cpu.cfs_quota_us") { text in
                    Self.count(text).map { Double($0) / Double(period) }
                }
            }
            return limit("\(directory.path)/cpu.max") { text in
                let words = text.split(whereSeparator: \.isWhitespace)
                guard words.count == 2, let quota = Self.count(words[0]), let period = Self.count(words[1]) else {
                    return nil
                }
                return Double(quota) / Double(period)
            }
        }.min { $0.value < $1.value }
    }

    private func limit<Value>(_ file: String, _ value: (String) -> Value?) -> Limit<Value>? {
        read(file).flatMap(value).map { Limit(value: $0, file: file) }
    }

    /// A positive number; nil for `max`, -1 (no quota), and what else sets no limit. Version 1 says "none" by a number
    /// of bytes that no machine has, which the machine's own memory undercuts.
    private static func count(_ text: some StringProtocol) -> Int? {
        guard let number = Int(text.trimmingWhitespace), number > 0 else { return nil }
        return number
    }

    /// The path of this process's group by controller of version 1, and that of version 2 under "". Lines are
    /// `4:cpu,cpuacct:/path` and `0::/path`; a path may hold colons.
    private static func memberships(_ text: String) -> [String: String] {
        var paths: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            if parts[0] == "0", parts[1].isEmpty { paths[""] = String(parts[2]) }
            for controller in parts[1].split(separator: ",") { paths[String(controller)] = String(parts[2]) }
        }
        return paths
    }
}

extension StringProtocol {
    fileprivate var trimmingWhitespace: String {
        String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
