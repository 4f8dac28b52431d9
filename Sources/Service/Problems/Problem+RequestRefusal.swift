import Imaging

extension Problem {
    /// What a client is told of a request that is refused: 400 for what has not the form of one, 422 for all else.
    init(_ refusal: RequestRefusal) {
        let kind: ProblemKind =
            switch refusal.kind {
            case .unreadable: .unreadable
            case .invalid: .invalid
            }
        self.init(kind, refusal.detail, errors: refusal.faults)
    }
}
