/// What is not as it has to be in a store.
package struct StoreFault: Hashable, Sendable, CustomStringConvertible {
    /// Which row, or which job.
    package let place: String
    package let expected: String
    package let got: String

    package init(_ place: String, expected: String, got: String) {
        (self.place, self.expected, self.got) = (place, expected, got)
    }

    package var description: String { "\(place): expected \(expected), got \(got)" }
}

/// What a check has gone through.
package struct StoreTally: Hashable, Sendable {
    package var jobs: Int64 = 0
    package var images: Int64 = 0
    package var imageBytes: Int64 = 0
    package var inputs: Int64 = 0
    package var auditEntries: Int64 = 0
    package var faults: Int64 = 0
    /// Jobs accepted before recipes were kept.
    package var jobsWithoutRecipe: Int64 = 0

    package init() {}
}
