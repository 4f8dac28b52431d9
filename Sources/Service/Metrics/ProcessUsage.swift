import Imaging

/// What the process takes of the machine, as /proc tells it (proc(5)).
package struct ProcessUsage: Equatable, Sendable {
    package var residentBytes = 0
    package var virtualBytes = 0
    package var threads = 0
    /// Processor time of all threads.
    package var processorSeconds = 0.0

    /// - Parameters:
    ///   - stat: the text of `/proc/self/stat`. What is no number in it is 0.
    ///   - ticks: clock ticks a second.
    ///   - page: bytes of a page.
    package init(stat: String, ticks: Int, page: Int) {
        // The name of the program stands in parentheses, which may be in it as well: the rest follows the last one. Its
        // first field is the third of the file.
        let fields = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].dropFirst().split(separator: " ")
        func number(_ place: Int) -> Int { fields.indices.contains(place - 3) ? Int(fields[place - 3]) ?? 0 : 0 }
        processorSeconds = (Double(number(14)) + Double(number(15))) / Double(max(1, ticks))
        threads = number(20)
        virtualBytes = number(23)
        residentBytes = number(24).multipliedReportingOverflow(by: page).partialValue
    }

    /// Now; nil where /proc is not there.
    static var present: ProcessUsage? {
        guard let text = Platform.text(of: "/proc/self/stat") else { return nil }
        return ProcessUsage(stat: text, ticks: Platform.ticksPerSecond, page: Platform.pageSize)
    }
}
