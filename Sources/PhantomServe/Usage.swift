import ArgumentParser

/// What the command line alone shows to be wrong, by rules of the service, is wrong usage (64), not a failure (1).
enum Usage {
    /// - Throws: `ValidationError` with the words of what `rule` throws.
    static func check(_ rule: () throws -> Void) throws {
        do { try rule() } catch { throw ValidationError("\(error)") }
    }
}
