import Foundation
import JSON
import Jobs
import Service
import Testing

/// Streams of events as values: what a reader is given, whatever its pace.
@Suite struct EventReaderTests {
    private let id = JobID("01890a5d-ac96-774b-bcce-b302099a8057")!
    private let start = ContinuousClock.now

    private func told(_ sequence: Int64, last: Bool = false, bytes: Int = 0) -> ToldOccurrence {
        ToldOccurrence(
            sequence: sequence, text: Array("\(sequence);".utf8) + Array(repeating: 0x2E, count: bytes), isLast: last)
    }

    /// What a look has found that found no others' occurrences beyond.
    private func news(_ told: [ToldOccurrence]) -> EventNews { EventNews(told: told, end: told.last?.sequence ?? 0, isAll: true) }

    private func text(_ piece: EventReader.Piece) -> String {
        switch piece {
        case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
        case .behind(let sequence): "behind \(sequence)"
        case .nothing: ""
        case .end: "end"
        }
    }

    @Test func idsAreReadAsTheyAreWritten() {
        for id in [EventID(.all, 0), EventID(.job(id), 12), EventID(.all, .max)] { #expect(EventID(id.text) == id) }
        for text in [
            "", ".", "all", "all.", "all.-1", "all.+1", "all.01", "all.1.1", "ALL.1", "all.99999999999999999999", "\(id)", "\(id).", "x.1", " all.1",
        ] {
            #expect(EventID(text) == nil, "\(text)")
        }
    }

    @Test func anEventIsOneBlockOfLines() {
        let bytes = ServerSentEvent.text("image", id: EventID(.all, 7), ["text": "a\nb\r\nc", "more": ["x": 1]])
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.hasPrefix("id: all.7\nevent: image\ndata: {") && text.hasSuffix("}\n\n"))
        #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count == 5)
    }

    @Test func aReaderIsGivenEverythingOnceAndTheNewestOfTheRest() {
        var feed = EventFeed(after: 10)
        var reader = EventReader(opening: Array("hello;".utf8), after: 10, at: start)
        #expect(text(reader.next(feed, at: start)) == "hello;")
        #expect(text(reader.next(feed, at: start)) == "")
        feed.replace(.init(.progress, id), Array("p1;".utf8))
        feed.replace(.init(.progress, id), Array("p2;".utf8))
        feed.tell(news([told(11), told(12)]))
        feed.replace(.init(.preview, id), Array("v1;".utf8))
        #expect(text(reader.next(feed, at: start)) == "11;12;p2;v1;")
        #expect(text(reader.next(feed, at: start)) == "")
        feed.replace(.init(.progress, id), Array("p3;".utf8))
        feed.tell(news([told(12), told(13, last: true)]))
        feed.forget(id)
        #expect(text(reader.next(feed, at: start)) == "13;")
        #expect(text(reader.next(feed, at: start)) == "end")
    }

    /// However late it reads: the end is never lost, and nothing is kept for it.
    @Test(arguments: [1, 5, 63, 64, 65, 200, 1_000]) func aSlowReaderMissesNoOccurrence(_ count: Int) {
        var feed = EventFeed(after: 0)
        let all = (1...count).map { told(Int64($0), last: $0 == count, bytes: 700) }
        for occurrence in all { feed.tell(news([occurrence])) }
        var reader = EventReader(opening: [], after: 0, at: start)
        var got = ""
        for _ in 0..<(2 * count + 2) {
            var piece = reader.next(feed, at: start)
            if case .behind(let sequence) = piece {
                let stored = Array(all.filter { $0.sequence > sequence }.prefix(32))
                piece = reader.catchUp(EventNews(told: stored, end: stored.last?.sequence ?? sequence, isAll: stored.count < 32), at: start)
            }
            if piece == .end { break }
            if case .bytes(let bytes) = piece { #expect(bytes.count < EventReader.pieceBytes + 1_000) }
            got += text(piece).filter { $0 != "." }
        }
        #expect(got == (1...count).map { "\($0);" }.joined())
        #expect(reader.next(feed, at: start) == .end)
    }

    /// What went with its job meanwhile does not keep a reader behind for ever.
    @Test func aReaderThatIsBehindComesToThePresent() {
        var feed = EventFeed(after: 0)
        for sequence in 1...100 { feed.tell(news([told(Int64(sequence))])) }
        var reader = EventReader(opening: [], after: 0, at: start)
        #expect(reader.next(feed, at: start) == .behind(after: 0))
        // Of a batch nothing could be told, and there is more.
        #expect(reader.catchUp(EventNews(told: [], end: 32, isAll: false), at: start) == .nothing)
        #expect(reader.next(feed, at: start) == .behind(after: 32))
        #expect(reader.catchUp(EventNews(told: [], end: 100, isAll: true), at: start) == .nothing)
        #expect(reader.next(feed, at: start) == .nothing)
        #expect(reader.sequence == 100)
    }

    /// Occurrences of others move a stream's place on, so that no look begins where an earlier one did.
    @Test func whatIsOfOthersIsLeftBehind() {
        var feed = EventFeed(after: 0)
        var reader = EventReader(opening: [], after: 0, at: start)
        feed.tell(EventNews(told: [told(3)], end: 40, isAll: true))
        #expect(feed.sequence == 40 && !reader.isUpToDate(with: feed))
        #expect(text(reader.next(feed, at: start)) == "3;")
        #expect(reader.sequence == 40 && reader.isUpToDate(with: feed))
        feed.tell(EventNews(told: [], end: 90, isAll: true))
        #expect(reader.next(feed, at: start) == .nothing && reader.sequence == 90)
        feed.tell(EventNews(told: [told(91)], end: 91, isAll: false))
        #expect(text(reader.next(feed, at: start)) == "91;")
        // What was told before is not told again, however the store is read.
        feed.tell(EventNews(told: [told(91)], end: 91, isAll: true))
        #expect(reader.next(feed, at: start) == .nothing)
    }

    /// A piece that is full leaves the rest for the next, and does not pass over it.
    @Test func aFullPieceMovesOnToItsEndOnly() {
        var feed = EventFeed(after: 0)
        var reader = EventReader(opening: [], after: 0, at: start)
        feed.tell(EventNews(told: [told(1, bytes: EventReader.pieceBytes), told(2)], end: 50, isAll: true))
        _ = reader.next(feed, at: start)
        #expect(reader.sequence == 1)
        #expect(text(reader.next(feed, at: start)) == "2;")
        #expect(reader.sequence == 50)
    }

    @Test func silenceIsBrokenEveryFifteenSeconds() {
        let feed = EventFeed(after: 0)
        var reader = EventReader(opening: Array("a".utf8), after: 0, at: start)
        #expect(text(reader.next(feed, at: start)) == "a")
        #expect(reader.next(feed, at: start + .seconds(14)) == .nothing)
        #expect(text(reader.next(feed, at: start + .seconds(15))) == ":\n\n")
        #expect(reader.next(feed, at: start + .seconds(29)) == .nothing)
        #expect(text(reader.next(feed, at: start + .seconds(30))) == ":\n\n")
    }

    @Test func aStreamThatIsClosedTellsTheRestAndWhenToComeBack() {
        var feed = EventFeed(after: 0)
        var reader = EventReader(opening: Array("a;".utf8), after: 0, at: start)
        feed.tell(news([told(1)]))
        reader.close()
        #expect(text(reader.next(feed, at: start)) == "a;1;")
        #expect(text(reader.next(feed, at: start)) == "retry: 3000\n\n")
        #expect(reader.next(feed, at: start) == .end)
    }

    @Test func placesAreCountedForEachClientAndInAll() throws {
        let census = StreamCensus(.init(total: 3, perClient: 2))
        try census.enter("a")
        try census.enter("a")
        let refusal = #expect(throws: Problem.self) { try census.enter("a") }
        #expect(refusal?.kind == .tooManyStreams && refusal?.fields[.retryAfter] == "10")
        try census.enter("b")
        #expect(throws: Problem.self) { try census.enter("c") }
        census.leave("a")
        try census.enter("c")
        #expect(census.count == 3)
    }
}
