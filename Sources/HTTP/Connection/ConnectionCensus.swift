/// How many connections there are, in all and per network: the caps.
struct ConnectionCensus {
    private let limits: ServerConfiguration.Limits
    private var perNetwork: [PeerAddress.Host: Int] = [:]
    private(set) var served = 0
    private(set) var turnedAway = 0

    /// Connections that may wait for their 503 to be read; beyond these they are closed at once.
    private static let turnedAwayLimit = 64

    enum Verdict: Equatable {
        case serve
        case turnAway(reason: String)
        case close
    }

    init(limits: ServerConfiguration.Limits) {
        self.limits = limits
    }

    func verdict(on peer: PeerAddress) -> Verdict {
        let speaksForMany =
            (peer.isLoopback && !limits.capsLoopback)
            || limits.uncapped.contains { $0.contains(peer.host) }
        if served >= limits.connections {
            return refusal("all \(limits.connections) connections are in use")
        }
        if !speaksForMany, perNetwork[peer.network, default: 0] >= limits.connectionsPerAddress {
            return refusal("\(limits.connectionsPerAddress) connections from one address are in use")
        }
        return .serve
    }

    private func refusal(_ reason: String) -> Verdict {
        turnedAway < ConnectionCensus.turnedAwayLimit ? .turnAway(reason: reason) : .close
    }

    mutating func opened(_ peer: PeerAddress, isTurnedAway: Bool) {
        if isTurnedAway {
            turnedAway += 1
        } else {
            served += 1
            perNetwork[peer.network, default: 0] += 1
        }
    }

    mutating func closed(_ peer: PeerAddress, isTurnedAway: Bool) {
        if isTurnedAway {
            turnedAway -= 1
            return
        }
        served -= 1
        let rest = perNetwork[peer.network, default: 1] - 1
        perNetwork[peer.network] = rest > 0 ? rest : nil
    }
}
