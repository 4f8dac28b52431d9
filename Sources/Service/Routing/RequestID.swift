import Bytes
import FoundationEssentials

/// The name of one request in answers and logs.
enum RequestID {
    /// The client's own, if it cannot confuse a log (1 to 128 characters of `A-Z a-z 0-9 . _ - : / + = @ ~`), otherwise
    /// a new one.
    static func choose(_ proposed: String?) -> String {
        if let proposed, (1...128).contains(proposed.utf8.count),
            proposed.utf8.allSatisfy({ $0.isASCIIAlphanumeric || "._-:/+=@~".utf8.contains($0) })
        {
            return proposed
        }
        return UUID().uuidString.lowercased()
    }
}
