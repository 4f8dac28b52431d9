import HTTP
import HTTPTypes
import Locking
import Testing

/// Answers that come piece by piece.
@Suite struct StreamTests {
    /// Gives its pieces one per question.
    private final class Pieces: Sendable {
        let left: Lock<[StreamPiece]>
        let asked = Lock(0)
        init(_ pieces: [StreamPiece]) { left = Lock(pieces) }

        func stream(length: Int? = nil) -> ResponseStream {
            ResponseStream(length: length) { slot in
                self.asked.withLock { $0 += 1 }
                switch self.left.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
                case .bytes(let bytes)?: slot.send(bytes)
                case .end?: slot.finish()
                case .failure?: slot.fail()
                case nil: break
                }
            }
        }
    }

    private func dialogue(_ request: String, _ stream: ResponseStream) -> Dialogue {
        var dialogue = Dialogue(handler: ScriptedHandler { _, responder in responder.respond(Response(status: .ok, stream: stream)) })
        dialogue.send(request)
        return dialogue
    }

    @Test func chunksInHTTP11() throws {
        let pieces = Pieces([.bytes(Array("hello ".utf8)), .bytes([]), .bytes(Array("world".utf8)), .end])
        let dialogue = dialogue(plainGet, pieces.stream())
        let reply = try #require(try Reply.all(dialogue.written).first)
        #expect(reply["transfer-encoding"] == "chunked" && reply.text == "hello world")
        #expect(dialogue.endedStreams == 1 && !dialogue.isEnding)
    }

    @Test func closeInHTTP10() throws {
        let pieces = Pieces([.bytes([65]), .bytes([66]), .end])
        let dialogue = dialogue("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", pieces.stream())
        let reply = try #require(try Reply.all(dialogue.written).first)
        #expect(reply["transfer-encoding"] == nil && reply["connection"] == "close" && reply.text == "AB")
        #expect(dialogue.isShutDown)
    }

    @Test func aKnownLengthIsKept() throws {
        let dialogue = dialogue(plainGet + plainGet, Pieces([.bytes([65]), .bytes([66]), .end, .bytes([67, 68]), .end]).stream(length: 2))
        #expect(try Reply.all(dialogue.written).map(\.text) == ["AB", "CD"])
    }

    @Test(arguments: [[StreamPiece.bytes([65]), .end], [.bytes([65, 66, 67])], [.bytes([65]), .failure], [.bytes([65])]])
    func aBrokenPromiseCutsTheConnection(_ pieces: [StreamPiece]) {
        let dialogue = dialogue(plainGet, Pieces(pieces).stream(length: 2))
        #expect(dialogue.isClosed && dialogue.endedStreams == 1)
        #expect(throws: Reply.Malformed.self) { try Reply.all(dialogue.written) }
    }

    @Test func aFailureLeavesChunksUnfinished() {
        let dialogue = dialogue(plainGet, Pieces([.bytes([65]), .failure]).stream())
        #expect(dialogue.isClosed)
        #expect(throws: Reply.Malformed.self) { try Reply.all(dialogue.written) }
    }

    @Test func headAsksForNothing() throws {
        for length in [nil, 7] {
            let pieces = Pieces([.bytes([1])])
            let dialogue = dialogue("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", pieces.stream(length: length))
            let reply = try #require(try Reply.all(dialogue.written, heads: [0]).first)
            #expect(reply["content-length"] == length.map { "\($0)" } && reply["transfer-encoding"] == nil)
            #expect(pieces.asked.withLock { $0 } == 0 && dialogue.endedStreams == 1)
        }
    }

    @Test func theNextPieceIsAskedForWhenTheLastIsTaken() throws {
        let pieces = Pieces([.bytes([UInt8](repeating: 65, count: 1_000)), .bytes([66]), .end])
        var dialogue = Dialogue(handler: ScriptedHandler { _, responder in responder.respond(Response(status: .ok, stream: pieces.stream())) })
        dialogue.window = 500
        dialogue.send(plainGet)
        #expect(pieces.asked.withLock { $0 } == 1)
        dialogue.window = nil
        dialogue.settle()
        #expect(pieces.asked.withLock { $0 } == 3)
    }

    @Test func aLostClientEndsTheStream() {
        final class Box: Sendable { let slot = Lock<StreamSlot?>(nil) }
        let box = Box()
        var dialogue = dialogue(plainGet, ResponseStream { slot in box.slot.withLock { $0 = slot } })
        #expect(dialogue.endedStreams == 0)
        dialogue.lose()
        #expect(dialogue.endedStreams == 1 && dialogue.disconnections == 1)
        box.slot.withLock { $0 }?.send([1])
        dialogue.settle()
        #expect(dialogue.isClosed)
    }
}
