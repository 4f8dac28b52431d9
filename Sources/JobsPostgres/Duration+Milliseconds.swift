extension Duration {
    /// Rounded down.
    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return Int64(clamping: Int(clamping: seconds).multipliedReportingOverflow(by: 1_000).partialValue)
            &+ attoseconds / 1_000_000_000_000_000
    }
}
