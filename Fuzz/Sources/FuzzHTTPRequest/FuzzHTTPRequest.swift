import FuzzDriver
import HTTP

@_cdecl("FuzzHTTPRequest_main")
public func start(_ count: CInt, _ arguments: Arguments?) -> CInt {
    unsafe runFuzzer(count, arguments, fuzz)
}

/// No input traps; cutting it elsewhere changes no event; every connection ends in answers and a close.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = unsafe input(data, count)
    let whole = events([bytes[...]])
    // The place of the cut comes from the bytes themselves, so that it stays the same when an input is shrunk or replayed.
    let cut = bytes.isEmpty ? 0 : bytes.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFFFF } % bytes.count
    precondition(events([bytes[..<cut], bytes[cut...]]) == whole, "cut at \(cut) the events differ")
    converse(bytes, cut)
    return 0
}

private func events(_ pieces: [ArraySlice<UInt8>]) -> [RequestParser.Event] {
    var parser = RequestParser(limits: ServerConfiguration.Limits())
    var events: [RequestParser.Event] = []
    for piece in pieces {
        var rest = piece
        while let event = parser.next(&rest) {
            if case .body(let more) = event, case .body(let before)? = events.last {
                events[events.count - 1] = .body(before + more)
            } else {
                events.append(event)
            }
        }
    }
    return events
}

/// Every request is dropped by its handler, that is answered 500.
private struct Nobody: Handler {
    func admit(_ head: RequestHead) -> Admission { .accept(Acceptance { _, _ in }) }
}

private func converse(_ bytes: [UInt8], _ cut: Int) {
    let now = ContinuousClock.now
    let context = ServerContext(
        configuration: ServerConfiguration(), handler: Nobody(), date: { "Sun, 06 Nov 1994 08:49:37 GMT" })
    var machine = ConnectionMachine(context, peer: .unknown, at: now)
    var ended = false
    var written = 0
    var todo = machine.receive(bytes[..<cut], at: now) + machine.receive(bytes[cut...], at: now)
    for isLast in [false, true] {
        if isLast { todo += machine.endOfInput(at: now) }
        while true {
            for action in todo {
                switch action {
                case .handle(_, _, let exchange): todo += machine.respond(Response(status: .internalServerError), to: exchange, at: now)
                case .close, .shutdownWrite: ended = true
                default: break
                }
            }
            todo = []
            guard let (output, _) = machine.nextOutput else { break }
            precondition(written > 0 || output.starts(with: "HTTP/1.1 ".utf8), "an answer that is none")
            written += output.count
            todo = machine.wrote(output.count, at: now)
        }
    }
    precondition(ended, "the client has left and the connection stays")
    precondition(written > 0 || bytes.allSatisfy { $0 == 13 || $0 == 10 }, "a request without an answer")
}
