import Checkpoints
import Dispatch
import Glibc
import Imaging

extension ScratchFolder {
    /// Makes a folder for the time of `body`. It goes when that ends, also where Ctrl-C or SIGTERM ends the command.
    /// - Parameter name: what it is for.
    /// - Throws: `CheckpointError` where it cannot be made; what `body` throws.
    static func during(_ name: String, _ body: (ScratchFolder) throws -> Void) throws {
        let folder = try ScratchFolder(name)
        // A queue of its own has a thread also while all others compute.
        let queue = DispatchQueue(label: "phantom.scratch")
        let sources = [SIGINT, SIGTERM].map { number in
            Platform.ignore(signal: number)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                folder.remove()
                // 128 + the signal, as shells report it.
                Platform.exitNow(128 + number)
            }
            source.activate()
            return source
        }
        defer {
            folder.remove()
            for source in sources { source.cancel() }
            for number in [SIGINT, SIGTERM] { Platform.restore(signal: number) }
        }
        try body(folder)
    }
}
