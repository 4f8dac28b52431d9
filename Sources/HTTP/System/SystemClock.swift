import Glibc

enum SystemClock {
    static func secondsSince1970() -> Int { time(nil) }
}
