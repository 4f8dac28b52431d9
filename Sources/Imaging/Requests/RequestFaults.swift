/// The faults of one request: the first of them, and how many there are.
///
/// A body may hold a fault in every few bytes; what is said of it, and the work of saying it, must not grow with that.
public struct RequestFaults: Sendable, Equatable {
    /// Faults that are told at most.
    public static let limit = 20

    private var told: [RequestFault] = []
    /// The number of all faults, of those that are not told as well.
    public private(set) var total = 0

    public init() {}

    /// - Parameter fault: not even made once the limit is reached.
    public mutating func append(_ fault: @autoclosure () -> RequestFault) {
        total += 1
        if told.count < Self.limit { told.append(fault()) }
    }

    public mutating func append(contentsOf others: RequestFaults) {
        told += others.told.prefix(Self.limit - told.count)
        total += others.total
    }

    /// The same faults in other words.
    func rephrased(_ change: (RequestFault) -> RequestFault) -> RequestFaults {
        var copy = self
        copy.told = told.map(change)
        return copy
    }

    /// A line for each fault that is told, and the note.
    package var lines: String { told.map { "\($0.pointer): \($0.detail)" }.joined(separator: "\n") + note }

    /// The sentence about faults that are not told; empty if all are.
    package var note: String {
        total > told.count ? " The first \(told.count) of them are told, \(total - told.count) more are not." : ""
    }
}

/// The faults that are told.
extension RequestFaults: RandomAccessCollection {
    public var startIndex: Int { told.startIndex }
    public var endIndex: Int { told.endIndex }
    public subscript(place: Int) -> RequestFault { told[place] }
}

extension RequestFaults: ExpressibleByArrayLiteral {
    public init(arrayLiteral faults: RequestFault...) {
        for fault in faults { append(fault) }
    }
}
