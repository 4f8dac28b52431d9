/// The Date field's value, made once a second.
final class DateCache {
    private var second = -1
    private var value = ""

    func text() -> String {
        let now = SystemClock.secondsSince1970()
        if now != second {
            second = now
            value = HTTPDate.text(secondsSince1970: now)
        }
        return value
    }
}
