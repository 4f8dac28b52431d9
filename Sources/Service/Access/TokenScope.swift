/// What the bearer of a token may do.
public enum TokenScope: String, Sendable, CaseIterable {
    /// Look at its own jobs and their images, and at the models.
    case read
    /// Make jobs, and end, delete and pin its own.
    case submit
    /// Look at, end, delete and pin everybody's jobs, and do what concerns the whole service.
    case admin
}

extension Set<TokenScope> {
    static let all = Set(TokenScope.allCases)
}
