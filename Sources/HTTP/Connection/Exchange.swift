/// One request and its answer on a connection.
struct Exchange {
    /// Where the request is.
    enum Input: Equatable {
        /// The body is being collected for the handler.
        case collecting
        /// The answer is known already; a small rest of the body is skipped so that the connection can go on.
        case discarding(budget: Int)
        case complete
    }

    /// Where the answer is.
    enum Output: Equatable {
        case unanswered
        case awaitingHandler
        /// Head sent; pieces follow. `sent` counts body bytes.
        case streaming(framing: ResponseEncoder.Framing, sent: Int)
        /// All of it is in the output queue.
        case complete
    }

    let id: UInt64
    var head: RequestHead?
    var context: ResponseEncoder.Context
    /// What becomes of the request; nil until its head is accepted.
    var acceptance: Acceptance?
    var input = Input.collecting
    var output = Output.unanswered
    var body: [UInt8] = []
    /// Bytes taken from the budget of all requests' bodies, until the request is the handler's.
    var reserved = 0
    /// Bytes taken from the budget of all answers.
    var answerReserved = 0
    var stream: ResponseStream?
    /// A piece of the stream has been asked for and not come yet.
    var isPulling = false
    var closes = false

    init(id: UInt64, head: RequestHead?, isHead: Bool) {
        self.id = id
        self.head = head
        context = ResponseEncoder.Context(
            isHead: isHead, version: head?.version ?? .http11, isPersistent: head?.isPersistent ?? false)
    }
}
