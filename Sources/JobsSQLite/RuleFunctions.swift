import GRDB
import Jobs

/// `JobRules` and `FairTurns` as functions that statements call.
enum RuleFunctions {
    static func add(to db: Database) {
        for function in [nextVersion, startedAttempts, releasedAttempts, fruitlessAttempts, turnWithoutWeight] {
            db.add(function: function)
        }
    }

    /// `next_version(version)`.
    private static let nextVersion = function("next_version", 1) {
        JobRules.version(after: JobVersion(number: $0[0])).number
    }

    /// `started_attempts(attempts)`.
    private static let startedAttempts = function("started_attempts", 1) { JobRules.attempts(afterStart: $0[0]) }

    /// `released_attempts(attempts)`.
    private static let releasedAttempts = function("released_attempts", 1) { JobRules.attempts(afterRelease: $0[0]) }

    /// `fruitless_attempts_after(attempts, steps before, steps now)`.
    private static let fruitlessAttempts = function("fruitless_attempts_after", 3) {
        JobRules.fruitlessAttempts($0[0], stepsBefore: $0[1], stepsNow: $0[2])
    }

    /// `turn_without_weight(turn, weight)`.
    private static let turnWithoutWeight = function("turn_without_weight", 2) {
        FairTurns.turn($0[0], withoutWeight: $0[1])
    }

    private static func function(
        _ name: String, _ arguments: Int, _ rule: @escaping @Sendable ([Int64]) -> Int64
    ) -> DatabaseFunction {
        // The tables are STRICT: these columns hold integers, whoever wrote them.
        DatabaseFunction(name, argumentCount: arguments, pure: true) { values in
            rule(values.map { Int64.fromDatabaseValue($0) ?? 0 })
        }
    }
}
