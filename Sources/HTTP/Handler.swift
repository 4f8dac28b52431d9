import Dispatch
import HTTPTypes

/// What a server does with requests. The only seam between HTTP and the service above it.
public protocol Handler: Sendable {
    /// Decides from the head alone, before any of the body is read and before `100 Continue` is sent: wrong path,
    /// method, media type, token. Called on the I/O thread for every well-formed request; must not block.
    func admit(_ head: RequestHead) -> Admission

    /// Answers a request through its responder, now or later. Called on the queue of ``queue(for:)``. When it returns,
    /// it has read the body: what it keeps of it then counts in no budget any more.
    func handle(_ request: Request, _ responder: Responder)

    /// Where `handle` runs: nil is the I/O thread itself, for answers that need no waiting at all (health, lookups in
    /// memory); whatever takes a lock for long, a database or a file belongs on a queue of the service's own.
    func queue(for head: RequestHead) -> DispatchQueue?

    /// The methods that a path offers, for the Allow field; `*` asks for the whole server. Must not block.
    func allowedMethods(for path: String) -> [HTTPRequest.Method]
}

/// The answer of ``Handler/admit(_:)``.
public enum Admission: Sendable {
    /// Read the body, up to `bodyLimit` bytes (the server's limit if nil), then call `handle`.
    case accept(bodyLimit: Int? = nil)
    /// Answer at once. A small body is read and discarded; else the connection closes after the answer.
    case refuse(Response)
}

extension Handler {
    public func admit(_ head: RequestHead) -> Admission { .accept() }
    public func queue(for head: RequestHead) -> DispatchQueue? { nil }
    public func allowedMethods(for path: String) -> [HTTPRequest.Method] { [.get, .head, .post, .delete, .options] }
}
