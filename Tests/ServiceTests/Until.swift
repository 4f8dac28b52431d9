/// Looks again and again, and lets others run meanwhile, until it is so. On a busy machine minutes may lie between two
/// looks, so time alone ends nothing.
func until(_ isSo: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(240)
    var looks = 0
    while try await !isSo() {
        looks += 1
        guard ContinuousClock.now < deadline || looks < 10_000 else {
            throw UnexpectedAnswer(answer: "what was waited for did not come")
        }
        try await Task.sleep(for: .milliseconds(2))
    }
}
