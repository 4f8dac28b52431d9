import Glibc
import HTTP
import Testing
import Wire

/// Connections beyond the caps, on real sockets. A limit on time turns a hang into a failure.
@Suite(.timeLimit(.minutes(10))) struct ServerCapTests {
    @Test func oneConnectionTooManyIsTurnedAway() throws {
        var limits = ServerConfiguration.Limits()
        limits.connections = 2
        try withServer(limits: limits) { _, port in
            let first = try WireClient(port: port)
            let second = try WireClient(port: port)
            for _ in 0..<2 {
                try first.send(plainGet)
                #expect(try first.replies(1).map(\.status) == [200])
                try second.send(plainGet)
                #expect(try second.replies(1).map(\.status) == [200])
            }
            let third = try WireClient(port: port)
            let replies = try Reply.all(third.readToEnd())
            #expect(replies.map(\.status) == [503] && replies[0]["retry-after"] == "1")
            try first.send(lastGet)
            _ = try first.readToEnd()
            first.closeSendingSide()
            var freed = false
            for _ in 0..<5_000 where !freed {
                let fourth = try WireClient(port: port)
                try? fourth.send(lastGet)
                freed = try Reply.all((try? fourth.readToEnd()) ?? []).map(\.status) == [200]
                usleep(20_000)
            }
            #expect(freed)
        }
    }

    @Test func oneAddressHasItsShare() throws {
        var limits = ServerConfiguration.Limits()
        limits.connectionsPerAddress = 1
        limits.capsLoopback = true
        try withServer(limits: limits) { _, port in
            let first = try WireClient(port: port)
            try first.send(plainGet)
            #expect(try first.replies(1).map(\.status) == [200])
            #expect(try Reply.all(WireClient(port: port).readToEnd()).map(\.status) == [503])
        }
    }
}
