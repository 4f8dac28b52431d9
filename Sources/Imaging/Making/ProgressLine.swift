/// One line on standard error that is written over as a run goes on; nothing where nobody looks (a pipe, a file).
public struct ProgressLine {
    private let isShown = Platform.standardErrorIsTerminal

    public init() {}

    public func show(done: Int, of total: Int) {
        guard isShown, total > 0 else { return }
        let width = 30
        let filled = done * width / total
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
        Platform.writeToStandardError(Array("\r[\(bar)] \(done)/\(total)".utf8))
    }

    /// A line of its own, written whoever looks: what was assumed.
    public func note(_ text: String) { Platform.writeToStandardError(Array("Note: \(text).\n".utf8)) }

    /// Ends the line.
    public func finish() {
        if isShown { Platform.writeToStandardError(Array("\n".utf8)) }
    }
}
