/// The small files that tests read, found from this source file.
enum Fixtures {
    static func path(_ name: String, from file: String = #filePath) -> String {
        let tests = file.split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(separator: "/")
        return "\(tests)/Fixtures/\(name)"
    }
}
