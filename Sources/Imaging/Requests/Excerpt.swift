extension String {
    /// The text as a message to a person echoes it: whole if it has at most `length` Unicode scalars, else its
    /// beginning and `…`.
    package func excerpt(_ length: Int) -> String {
        // A scalar has at most four bytes, which are counted already; the scalars are not.
        if utf8.count <= length { return self }
        let scalars = unicodeScalars
        guard let end = scalars.index(scalars.startIndex, offsetBy: length, limitedBy: scalars.endIndex),
            end < scalars.endIndex
        else {
            return self
        }
        return String(scalars[..<end]) + "…"
    }
}
