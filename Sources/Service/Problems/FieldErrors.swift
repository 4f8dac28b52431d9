/// The faults of one request: the first of them, and how many there are. A body may hold a fault in every few bytes;
/// what is said of it, and the work of saying it, must not grow with that.
public struct FieldErrors: Sendable, Equatable {
    /// So many are told.
    public static let limit = 20

    private var told: [Problem.FieldError] = []
    /// Those that are not told as well.
    public private(set) var total = 0

    public init() {}

    /// - Parameter error: not even made once the limit is reached.
    public mutating func append(_ error: @autoclosure () -> Problem.FieldError) {
        total += 1
        if told.count < Self.limit { told.append(error()) }
    }

    public mutating func append(contentsOf others: FieldErrors) {
        told += others.told.prefix(Self.limit - told.count)
        total += others.total
    }

    /// The same faults in other words.
    func rephrased(_ change: (Problem.FieldError) -> Problem.FieldError) -> FieldErrors {
        var copy = self
        copy.told = told.map(change)
        return copy
    }

    /// What a problem adds to its detail; empty if all are told.
    var note: String {
        total > told.count ? " The first \(told.count) of them are told, \(total - told.count) more are not." : ""
    }
}

/// Those that are told.
extension FieldErrors: RandomAccessCollection {
    public var startIndex: Int { told.startIndex }
    public var endIndex: Int { told.endIndex }
    public subscript(place: Int) -> Problem.FieldError { told[place] }
}

extension FieldErrors: ExpressibleByArrayLiteral {
    public init(arrayLiteral errors: Problem.FieldError...) {
        for error in errors { append(error) }
    }
}
