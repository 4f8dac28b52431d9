/// A socket with its state machine: belongs to the I/O thread.
final class Connection {
    let descriptor: FileDescriptor
    let token: UInt64
    let peer: PeerAddress
    var machine: ConnectionMachine
    /// What the poller watches now.
    var interest: Poller.Interest = .input
    /// The earliest entry in the timer heap.
    var scheduled: ContinuousClock.Instant?
    /// Tells the responder of the request at hand that the client has gone.
    var departure: Departure?
    /// Beyond a cap: answered 503, not counted among the served.
    let isTurnedAway: Bool

    init(
        _ descriptor: consuming FileDescriptor, token: UInt64, peer: PeerAddress, machine: ConnectionMachine,
        isTurnedAway: Bool
    ) {
        self.descriptor = descriptor
        self.token = token
        self.peer = peer
        self.machine = machine
        self.isTurnedAway = isTurnedAway
    }

    /// What the machine wants watched.
    var wishes: Poller.Interest {
        var wishes: Poller.Interest = []
        if machine.wantsInput { wishes.insert(.input) }
        if machine.nextOutput != nil { wishes.insert(.output) }
        return wishes
    }
}
