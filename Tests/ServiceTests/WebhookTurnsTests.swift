import Jobs
import Service
import Testing

/// Whose turn it is to be told.
@Suite struct WebhookTurnsTests {
    private func delivery(_ ordinal: Int64, to host: String) -> JobDelivery {
        let end = JobEnd(of: JobID("01890a5d-ac96-774b-bcce-b302099a8057")!, kind: "generation", .succeeded, at: Timestamp(milliseconds: ordinal))
        return JobDelivery(ordinal: ordinal, end, to: "https://\(host)/x", trace: nil, attempts: 0)
    }

    /// What an outbox answers.
    private func due(_ outbox: [JobDelivery], exceptTo hosts: Set<String>) -> [JobDelivery] {
        Array(outbox.filter { !hosts.contains($0.host) }.prefix(4_096))
    }

    /// More is due to a host that answers nothing than one look takes: the next look takes the others'.
    @Test func aDeadHostHoldsUpNoOther() throws {
        let outbox = (1...5_000).map { delivery($0, to: "dead.example") } + [delivery(5_001, to: "living.example")]
        var turns = WebhookTurns()
        #expect(turns.beginLook().isEmpty)
        turns.add(due(outbox, exceptTo: []))
        let first = turns.next(), second = turns.next()
        let dead = try #require(first)
        #expect(dead.ordinal == 1 && second == nil)
        let full = turns.beginLook()
        // The one that is under way has left a place.
        #expect(full.isEmpty)
        turns.add(due(outbox, exceptTo: full))
        #expect(turns.beginLook() == ["dead.example"])
        turns.add(due(outbox, exceptTo: ["dead.example"]))
        #expect(turns.next()?.ordinal == 5_001)
        turns.finish(dead)
        #expect(turns.next()?.ordinal == 2)
    }

    @Test func hostsTakeTurnsAndNothingIsTakenTwice() throws {
        let outbox = (1...9).map { delivery($0, to: "\(($0 - 1) / 3).example") }
        var turns = WebhookTurns()
        for _ in 0..<2 {
            _ = turns.beginLook()
            turns.add(outbox)
        }
        var told: [Int64] = []
        while let delivery = turns.next() {
            told.append(delivery.ordinal)
            // What was read before this end is out of date.
            _ = turns.beginLook()
            turns.finish(delivery)
            turns.add([delivery])
        }
        #expect(told == [1, 4, 7, 2, 5, 8, 3, 6, 9])
        // Read later, it is due again.
        _ = turns.beginLook()
        turns.add([outbox[4]])
        #expect(turns.next()?.ordinal == 5)
    }
}
