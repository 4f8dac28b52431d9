import HTTP
import TestSupport
import Testing

@Suite struct MutationTests {
    private static let seeds = (SplitTests.wires + framingCases.map(\.wire) + hostCases.prefix(30).map(\.wire)).map { Array($0.utf8) }
    private static let tokens = [
        "\r\n", "\n", "\r", "\0", " ", "\t", ":", ";", "chunked", "Transfer-Encoding: ", "Content-Length: ", "ffffffffffffffff", "0", "-",
        "HTTP/1.0", "HTTP/1.1", "Host: ", "*", "%", "[", "]", ",", "\r\n\r\n", "Expect: 100-continue\r\n", "Connection: close\r\n",
        "99999999999999999999", "\u{FF}",
    ].map { Array($0.utf8) }

    static func mutated(_ generator: inout SplitMix64) -> [UInt8] {
        var bytes = seeds.randomElement(using: &generator) ?? []
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let position = Int.random(in: 0...bytes.count, using: &generator)
            let end = min(bytes.count, position + Int.random(in: 0...6, using: &generator))
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: bytes.insert(contentsOf: tokens.randomElement(using: &generator) ?? [], at: position)
            case 1: bytes.removeSubrange(position..<end)
            case 2: if position < bytes.count { bytes[position] = UInt8.random(in: .min ... .max, using: &generator) }
            case 3: if position < bytes.count { bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator) }
            case 4: bytes.insert(contentsOf: bytes[position..<end], at: position)
            default: bytes += seeds.randomElement(using: &generator) ?? []
            }
        }
        return bytes
    }

    /// Every mutant gets well-formed answers and an end: after the client has closed its side, the connection is closed
    /// or closing, every request begun has been answered, and cutting the input elsewhere changes nothing.
    @Test(arguments: 0..<10) func mutantsEndClearly(part: Int) throws {
        var generator = SplitMix64(state: UInt64(part) &* 0x1_0000_0001 &+ 2026)
        for _ in 0..<10_000 {
            let bytes = MutationTests.mutated(&generator)
            var whole = Dialogue()
            whole.send(bytes)
            whole.sendEnd()
            try expectClearEnd(whole, bytes)
            let cut = Int.random(in: 0...bytes.count, using: &generator)
            var split = Dialogue()
            split.send(bytes[..<cut])
            split.send(bytes[cut...])
            split.sendEnd()
            let interim = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
            // Whether 100 is sent depends on what has arrived by then; nothing else does.
            #expect(without(interim, split.written) == without(interim, whole.written), "\(bytes) cut at \(cut)")
        }
    }

    private func expectClearEnd(_ dialogue: Dialogue, _ bytes: [UInt8]) throws {
        #expect(dialogue.isEnding, "\(bytes)")
        let heads = Set(dialogue.requests.indices.filter { dialogue.requests[$0].head.method == .head })
        // Bodies of answers to HEAD are absent, which a reader must know; without HEAD every byte must parse.
        if heads.isEmpty, !dialogue.requests.contains(where: { $0.head.method == .head }), !contains(bytes, "HEAD") {
            let replies = try Reply.all(dialogue.written)
            #expect(replies.allSatisfy { (100...599).contains($0.status) }, "\(bytes)")
            let isOnlyEmptyLines = bytes.allSatisfy { $0 == 13 || $0 == 10 }
            #expect(isOnlyEmptyLines || replies.contains { $0.status >= 200 }, "\(bytes)")
        }
    }

    private func contains(_ bytes: [UInt8], _ word: String) -> Bool { String(decoding: bytes, as: UTF8.self).contains(word) }

    private func without(_ part: [UInt8], _ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            if rest.starts(with: part) { rest = rest.dropFirst(part.count) } else { result.append(rest.removeFirst()) }
        }
        return result
    }
}
