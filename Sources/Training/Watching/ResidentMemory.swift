import FoundationEssentials

/// The memory that this process has resident.
enum ResidentMemory {
    /// Bytes, by `VmRSS` of /proc/self/status (proc_pid_status(5)); nil where there is none.
    static var bytes: Int? {
        guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") }),
            let kibibytes = line.split(whereSeparator: { !$0.isNumber }).first.flatMap({ Int($0) })
        else { return nil }
        return kibibytes << 10
    }
}
