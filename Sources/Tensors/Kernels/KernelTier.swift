import CKernels
import Glibc

/// One compiled set of the hot loops. Every tier gives the same bits; they differ in speed only.
///
/// The table of a tier is immutable and lives as long as the process.
@safe public struct KernelTier: Sendable, CustomStringConvertible {
    nonisolated(unsafe) let table: UnsafePointer<ck_table>

    /// "generic", "avx2" or "avx512".
    public let name: String
    public var description: String { name }

    /// The best tier of this CPU, or the one the environment variable `CKERNELS_TIER` names. A name this CPU has no
    /// tier of is reported on standard error, once, and passed over.
    public static let best: KernelTier = {
        let best = unsafe KernelTier(table: ck_best(), name: String(cString: ck_best().pointee.name))
        if let asked = unsafe getenv("CKERNELS_TIER").map({ unsafe String(cString: $0) }), asked != best.name {
            let names = available.map(\.name).joined(separator: ", ")
            let message = "CKERNELS_TIER: expected one of \(names), got \"\(asked)\"; using \(best.name)\n"
            _ = unsafe write(STDERR_FILENO, message, message.utf8.count)
        }
        return best
    }()

    /// Every tier this CPU and this build can run.
    public static let available: [KernelTier] = ["generic", "avx2", "avx512"].compactMap(KernelTier.init(named:))

    private init(table: UnsafePointer<ck_table>, name: String) {
        unsafe self.table = table
        self.name = name
    }

    /// The tier of that name, or nil where this CPU or this build has none.
    public init?(named name: String) {
        guard let table = unsafe ck_tier(name) else { return nil }
        unsafe self.init(table: table, name: name)
    }
}
