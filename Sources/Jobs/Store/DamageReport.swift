import Locking

/// What every store does with damaged rows: what reads many passes over them, and each is told of once.
package final class DamageReport: Sendable {
    private let told = Lock<Set<Int64>>([])
    private let tell: (@Sendable (DamagedRow) -> Void)?
    /// Rows that are remembered as told.
    private static let most = 10_000

    package init(_ tell: (@Sendable (DamagedRow) -> Void)?) { self.tell = tell }

    package func note(_ row: DamagedRow) {
        guard let tell else { return }
        let isNew = told.withLock { told in
            if told.count >= Self.most { told.removeAll() }
            return told.insert(row.ordinal).inserted
        }
        if isNew { tell(row) }
    }

    /// The value made of a row; nil, and a note, where the row is damaged.
    package func passingOver<Value>(_ body: () throws -> Value) throws -> Value? {
        do {
            return try body()
        } catch JobStoreError.damagedRow(let row) {
            note(row)
            return nil
        }
    }
}
