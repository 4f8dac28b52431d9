import HTTP

extension Problem {
    /// What a client is told of a body that a route did not get; nil for what is HTTP's own business.
    init?(_ violation: ProtocolViolation) {
        let kind: ProblemKind
        switch violation.status {
        case .badRequest: kind = .unreadable
        case .requestTimeout: kind = .requestTimeout
        case .contentTooLarge: kind = .contentTooLarge
        case .serviceUnavailable: kind = .unavailable
        default: return nil
        }
        let problem = Problem(kind, "The request was not taken: \(violation.detail).")
        self = kind == .unavailable ? problem.retrying(after: 1) : problem
    }
}
