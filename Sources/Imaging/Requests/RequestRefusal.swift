/// Why a request is not worked on, with every fault of its fields. It knows of no transport: the service tells it as a
/// status and a document, the command as a message.
public struct RequestRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    /// How far the request was understood.
    public enum Kind: Sendable {
        /// It has not the form of a request.
        case unreadable
        /// It has the form, and asks for what cannot be done.
        case invalid
    }

    public let kind: Kind
    /// The whole in one sentence; of a very long one the beginning.
    public let detail: String
    /// The faults of single fields; empty where the detail says all.
    public var faults: RequestFaults

    public init(_ kind: Kind, _ detail: String, faults: RequestFaults = []) {
        self.kind = kind
        self.detail = detail.excerpt(RequestFault.detailLength)
        self.faults = faults
    }

    /// The refusal of a request whose form is right, for the faults of its fields.
    static func fields(_ faults: RequestFaults) -> RequestRefusal {
        let detail = faults.total == 1 ? "One field is not valid." : "\(faults.total) fields are not valid."
        return RequestRefusal(.invalid, detail, faults: faults)
    }

    /// The refusal for people, on one or several lines.
    public var description: String { faults.isEmpty ? detail : faults.lines }
}
