/// Whether this build is one of `make asan` or `make tsan`.
public enum Sanitizer {
    #if SANITIZER
    public static let isOn = true
    #else
    public static let isOn = false
    #endif
}
