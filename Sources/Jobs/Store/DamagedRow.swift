/// A row of the table `jobs` that cannot be read: something else has written into the file.
public struct DamagedRow: Error, Hashable, Sendable {
    /// The order of acceptance, by which the row can be found in the file.
    public let ordinal: Int64
    /// What is unreadable.
    public let column: String
    /// The beginning of what stands there.
    public let got: String

    package init(ordinal: Int64, column: String, got: String) {
        (self.ordinal, self.column) = (ordinal, column)
        self.got = String(got.prefix(64))
    }

    /// What a row has to say of itself to be a job.
    /// - Throws: `damagedRow` where it has no readable id or status.
    package static func check(
        _ ordinal: Int64, id: String, status: String
    ) throws(JobStoreError) -> (id: JobID, status: JobStatus) {
        guard let readable = JobID(id) else { throw .damagedRow(DamagedRow(ordinal: ordinal, column: "id", got: id)) }
        guard let known = JobStatus(rawValue: status) else {
            throw .damagedRow(DamagedRow(ordinal: ordinal, column: "status", got: status))
        }
        return (readable, known)
    }
}

extension DamagedRow: CustomStringConvertible {
    public var description: String {
        let expected = column == "id" ? "a UUID" : JobStatus.allCases.map(\.rawValue).joined(separator: ", ")
        return "row \(ordinal) of the table jobs is passed over: expected \(expected) as its \(column), "
            + """
            got \"\(Self.printable(got))\"; stop the service and mend the row, or remove it (DELETE FROM jobs \
            WHERE ordinal = \(ordinal))
            """
    }

    /// Without what would end the line of a log.
    private static func printable(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "?" : $0 }))
    }
}
