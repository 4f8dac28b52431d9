/// The processors and the memory that this process may use: the machine's, or its control groups' where those are less.
public struct MachineResources: Sendable, Equatable {
    /// Threads that can compute at the same time; at least 1.
    public let cores: Int
    /// What says so: a file, or a property of the process.
    public let coresSource: String
    /// Bytes; at least 1.
    public let memory: Int
    public let memorySource: String

    /// - Parameters:
    ///   - processors: of the machine.
    ///   - physicalMemory: bytes.
    ///   - read: the text of a file of the system; nil where there is none that can be read.
    init(processors: Int, physicalMemory: Int, read: @escaping (String) -> String?) {
        let groups = ControlGroups(read: read)
        let affinity =
            Self.affinity(read("/proc/self/status") ?? "").map { (count: $0, source: "affinity (/proc/self/status)") }
            ?? (count: max(1, processors), source: "the machine")
        // Rounded up, as Go, Java and .NET do: of threads that take more than their quota all stand still at the end of
        // a period of a tenth of a second, whereas time that no thread asks for is lost.
        let quota = groups.processorLimit.map { (cores: Int(min($0.value, 1e6).rounded(.up)), file: $0.file) }
        if let quota, quota.cores < affinity.count {
            (cores, coresSource) = (max(1, quota.cores), quota.file)
        } else {
            (cores, coresSource) = affinity
        }
        if let limit = groups.memoryLimit, limit.value < physicalMemory {
            (memory, memorySource) = (limit.value, limit.file)
        } else {
            (memory, memorySource) = (max(1, physicalMemory), "the machine")
        }
    }

    /// Processors that the process may be scheduled on (sched_setaffinity(2), cpusets among others): the bits of
    /// `Cpus_allowed`, words of hexadecimal digits (proc_pid_status(5)). nil where there is no such line.
    private static func affinity(_ status: String) -> Int? {
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("Cpus_allowed:") }) else {
            return nil
        }
        let count = line.dropFirst("Cpus_allowed:".count).reduce(0) { $0 + ($1.hexDigitValue?.nonzeroBitCount ?? 0) }
        return count > 0 ? count : nil
    }

    /// As they are now.
    public static var current: MachineResources {
        MachineResources(
            processors: Platform.onlineProcessors(), physicalMemory: Platform.physicalMemory(), read: Platform.text(of:)
        )
    }
}
