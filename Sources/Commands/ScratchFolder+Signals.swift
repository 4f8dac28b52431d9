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
        let sources = [SIGINT, SIGTERM].map { folder.leave(at: $0, inTurn: turn) }
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

    /// From now on the signal takes the folder away, if it is there, and ends the process.
    private func leave(at number: Int32, inTurn turn: DispatchSemaphore) -> any DispatchSourceSignal {
        // A queue of its own has a thread also while all others compute.
        let source = DispatchSource.makeSignalSource(signal: number, queue: DispatchQueue(label: "phantom.scratch"))
        source.setEventHandler {
            turn.wait()
            remove()
            // 128 + the signal, as shells report it.
            Platform.exitNow(128 + number)
        }
        // Until Dispatch has it the signal ends the process by itself, and there is no folder yet.
        let registered = DispatchSemaphore(value: 0)
        source.setRegistrationHandler { registered.signal() }
        source.activate()
        registered.wait()
        return source
    }
}
