import HTTP
import Testing

/// What the parser makes of targets, and what it leaves out of a head.
@Suite struct RequestTargetTests {
    @Test func targetsAreTakenApart() {
        let target = RequestTarget("/v1/a%2Fb/%C3%A9?x=1&y=a+b%26&z")
        #expect(target.path == "/v1/a%2Fb/%C3%A9" && target.query == "x=1&y=a+b%26&z")
        #expect(target.segments == ["v1", "a/b", "\u{E9}"])
        #expect(target.queryItems?.map(\.name) == ["x", "y", "z"] && target.queryItems?.map(\.value) == ["1", "a b&", ""])
        #expect(RequestTarget("/%FF").segments == nil && RequestTarget("/?a=%F").queryItems == nil)
        #expect(RequestTarget("/").segments == [""] && RequestTarget("/a").queryItems?.isEmpty == true)
    }

    @Test func theAuthorityIsTheTargets() throws {
        var dialogue = Dialogue()
        dialogue.send("GET http://b:81?q HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: c\r\n\r\n")
        #expect(dialogue.requests.map(\.head.authority) == ["b:81", "c"])
        #expect(dialogue.requests.map(\.head.path) == ["/", "/"] && dialogue.requests[0].head.query == "q")
    }

    @Test func trailersNeverBecomeFields() throws {
        var dialogue = Dialogue()
        dialogue.send(
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nContent-Length: 99\r\nAuthorization: b\r\n\r\n" + plainGet)
        #expect(dialogue.requests.count == 2)
        #expect(dialogue.requests[0].head.fields.map(\.name.canonicalName) == ["host", "transfer-encoding"])
    }
}
