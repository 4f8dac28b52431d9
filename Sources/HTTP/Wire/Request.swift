/// A whole request: its head and its body with the transfer coding removed. Trailers are discarded.
public struct Request: Sendable, Equatable {
    /// What precedes the body.
    public var head: RequestHead
    /// The bytes of the body; empty where there is none.
    public var body: [UInt8]

    /// A request as the parser puts it together.
    public init(head: RequestHead, body: [UInt8] = []) {
        self.head = head
        self.body = body
    }
}
