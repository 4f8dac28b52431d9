/// A whole request: its head and its body with the transfer coding removed. Trailers are discarded.
public struct Request: Sendable, Equatable {
    public var head: RequestHead
    public var body: [UInt8]

    public init(head: RequestHead, body: [UInt8] = []) {
        self.head = head
        self.body = body
    }
}
