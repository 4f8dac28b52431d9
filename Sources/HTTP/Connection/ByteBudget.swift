/// The memory that the bodies of all requests, or of all answers, may take together. Belongs to the I/O thread, like
/// the connections that share it.
public final class ByteBudget {
    private var available: Int

    /// A budget of which nothing is taken yet.
    public init(bytes: Int) { available = bytes }

    /// False if there is not that much left; then nothing is taken.
    func take(_ bytes: Int) -> Bool {
        guard bytes <= available else { return false }
        available -= bytes
        return true
    }

    /// Takes what must be had, even if there is not that much left.
    func overdraw(_ bytes: Int) { available -= bytes }

    /// Makes bytes that were taken available again.
    public func giveBack(_ bytes: Int) { available += bytes }
}

/// What all connections of a server share.
public struct SharedBudgets {
    /// Bytes of requests, from the first byte of a body until the handler has read it.
    public let requests: ByteBudget
    /// Bytes of answers, from the moment one is given until it is with the client.
    public let answers: ByteBudget

    /// The budgets that the limits name, with nothing taken.
    public init(limits: ServerConfiguration.Limits) {
        requests = ByteBudget(bytes: limits.bodyBytesInAll)
        answers = ByteBudget(bytes: limits.answerBytesInAll)
    }
}
