import Dispatch
import HTTPTypes

/// What a server does with requests. The only seam between HTTP and the service above it.
public protocol Handler: Sendable {
    /// Decides from the head alone, before any of the body is read and before `100 Continue` is sent: wrong path,
    /// method, media type, token. Called once for every well-formed request, on the I/O thread; must not block.
    func admit(_ head: RequestHead) -> Admission

    /// The methods that a path offers, for the Allow field; `*` asks for the whole server. Must not block.
    func allowedMethods(for path: String) -> [HTTPRequest.Method]

    /// Adds to an answer that HTTP gives by itself what the handler adds to its own, and takes note of it. Called once
    /// for each, on any thread; must not block.
    /// - Parameters:
    ///   - head: nil where none could be read.
    ///   - given: the handler's own answer, where this one is sent in its place.
    func complete(_ answer: Response, to head: RequestHead?, insteadOf given: Response?) -> Response
}

/// The answer of ``Handler/admit(_:)``.
public enum Admission: Sendable {
    /// Read the body, then call what the acceptance names.
    case accept(Acceptance)
    /// Answer at once. A small body is read and discarded; else the connection closes after the answer.
    case refuse(Response)
}

/// What becomes of a request whose head was accepted: how much of its body is read, who answers it, and where.
public struct Acceptance: Sendable {
    /// The most bytes of the body that are read; nil is the server's own limit.
    public let bodyLimit: Int?
    /// Where `answer` is called; nil is the I/O thread itself, for answers that need no waiting at all (health, lookups
    /// in memory). Whatever takes a lock for long, a database or a file belongs on a queue of the service's own.
    public let queue: DispatchQueue?
    /// Answers the request through its responder, now or later. When it returns, it has read the body: what it keeps of
    /// it then counts in no budget any more.
    public let answer: @Sendable (Request, Responder) -> Void
    /// Words what is told where the body cannot be taken: too large, too slow, badly framed. Called on the I/O thread;
    /// must not block. nil, as without it, leaves that to HTTP.
    public var refusal: (@Sendable (ProtocolViolation) -> Response?)?

    /// An acceptance whose body is read up to the server's own limit, and that is answered on the I/O thread, unless
    /// others are given.
    public init(
        bodyLimit: Int? = nil, on queue: DispatchQueue? = nil, answer: @escaping @Sendable (Request, Responder) -> Void
    ) {
        self.bodyLimit = bodyLimit
        self.queue = queue
        self.answer = answer
    }
}

extension Handler {
    /// The methods that most resources have.
    public func allowedMethods(for path: String) -> [HTTPRequest.Method] { [.get, .head, .post, .delete, .options] }

    /// The answer as it is.
    public func complete(_ answer: Response, to head: RequestHead?, insteadOf given: Response?) -> Response { answer }
}
