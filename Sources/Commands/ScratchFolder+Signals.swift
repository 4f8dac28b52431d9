import Checkpoints
import Dispatch
import Glibc
import Imaging

extension ScratchFolder {
    /// Makes a folder for the time of `body`. It goes when that ends, also where Ctrl-C or SIGTERM ends the command.
    /// - Parameter name: what it is for.
    /// - Throws: `CheckpointError` where it cannot be made; what `body` throws.
    static func during(_ name: String, _ body: (ScratchFolder) throws -> Void) throws {
        let folder = ScratchFolder(toBeMade: name)
        // Who has it makes the folder or takes it away: nobody sees what `body` throws because it went.
        let turn = DispatchSemaphore(value: 0)
        let queue = DispatchQueue(label: "phantom.scratch")
        let sources = [SIGINT, SIGTERM].map { number in
            DispatchSource.watch(signal: number, queue: queue) {
                turn.wait()
                folder.remove()
                // 128 + the signal, as shells report it.
                Platform.exitNow(128 + number)
            }
        }
        let making = Result { try folder.make() }
        turn.signal()
        defer {
            turn.wait()
            folder.remove()
            for source in sources { source.cancel() }
            for number in [SIGINT, SIGTERM] { Platform.restore(signal: number) }
        }
        try making.get()
        try body(folder)
    }
}
