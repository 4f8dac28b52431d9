import Glibc

/// The processors this process may run on.
public enum Processor {
    /// How many are online; at least 1.
    public static var count: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}
