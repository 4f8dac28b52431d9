import FoundationEssentials
import Imaging

/// A program that is installed in the folder of this one.
struct SiblingProgram {
    let name: String

    /// Goes on as that program, in the same process: signals, descriptors and the process's number stay.
    ///
    /// - Returns: why it does not; it returns for no other reason.
    func replaceThisProcess(arguments: [String]) -> NotStarted {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let path = own.prefix(through: own.lastIndex(of: "/") ?? own.startIndex) + name
        let reason = Platform.replaceThisProcess(String(path), arguments: [name] + arguments)
        return NotStarted(path: String(path), reason: reason)
    }

    /// A program that is not there, or does not start.
    struct NotStarted: Error, CustomStringConvertible {
        let path: String
        let reason: String

        var description: String {
            "this command is done by the program \(path), which does not start (\(reason)): install it beside phantom"
        }
    }
}
