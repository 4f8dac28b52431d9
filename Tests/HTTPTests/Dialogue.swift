import HTTP
import HTTPTypes
import Locking

/// Answers as a test wants: by default 200 with the body of the request, at once.
final class ScriptedHandler: Handler {
    typealias Answer = @Sendable (Request, Responder) -> Void
    let admission: @Sendable (RequestHead) -> Admission

    init(admission: @escaping @Sendable (RequestHead) -> Admission) { self.admission = admission }

    init(answer: @escaping Answer = { request, responder in responder.respond(ScriptedHandler.echo(request)) }) {
        admission = { _ in .accept(Acceptance(answer: answer)) }
    }

    static func echo(_ request: Request) -> Response {
        let text = "\(request.head.method.rawValue) \(request.head.path)"
        return Response(status: .ok, body: request.body.isEmpty ? Array(text.utf8) : request.body)
    }

    func admit(_ head: RequestHead) -> Admission { admission(head) }
}

extension Admission {
    /// Accepts, and answers 200 with the body of the request.
    static func echo(bodyLimit: Int? = nil) -> Admission {
        .accept(
            Acceptance(bodyLimit: bodyLimit) { request, responder in responder.respond(ScriptedHandler.echo(request)) })
    }
}

/// A connection machine with a mock clock and a socket that takes what it is told to: no input or output, no sleeping.
struct Dialogue {
    typealias Instant = ContinuousClock.Instant

    var machine: ConnectionMachine
    var now: Instant
    /// Everything the machine has written.
    var written: [UInt8] = []
    /// Bytes that the socket still takes; nil for any number.
    var window: Int?
    var isClosed = false
    var isShutDown = false
    var disconnections = 0
    var endedStreams = 0
    var requests: [Request] = []
    let budgets: SharedBudgets
    /// Responders whose answers have not been taken up yet.
    private let inbox = Inbox()

    init(
        configuration: ServerConfiguration = ServerConfiguration(), handler: any Handler = ScriptedHandler(),
        start: Instant = .now, budgets: SharedBudgets? = nil
    ) {
        now = start
        self.budgets = budgets ?? SharedBudgets(limits: configuration.limits)
        let context = ServerContext(
            configuration: configuration, handler: handler, budgets: self.budgets,
            date: { "Sun, 06 Nov 1994 08:49:37 GMT" })
        machine = ConnectionMachine(context, peer: .unknown, at: now)
    }

    mutating func send(_ bytes: some Collection<UInt8>) {
        perform(machine.receive(Array(bytes)[...], at: now))
        settle()
    }

    mutating func send(_ text: String) { send(text.utf8) }

    mutating func sendEnd() {
        perform(machine.endOfInput(at: now))
        settle()
    }

    mutating func drain() {
        perform(machine.drain(at: now))
        settle()
    }

    mutating func lose() { perform(machine.lost()) }

    mutating func advance(_ duration: Duration) {
        now += duration
        perform(machine.timeout(at: now))
        settle()
    }

    /// Takes up answers that have come since, then writes what the window allows.
    mutating func settle() {
        while true {
            let letters = inbox.takeAll()
            for letter in letters {
                switch letter {
                case .response(let response, let id): perform(machine.respond(response, to: id, at: now))
                case .piece(let piece, let id): perform(machine.supply(piece, to: id, at: now))
                }
            }
            let wrote = write()
            if letters.isEmpty, !wrote { return }
        }
    }

    private mutating func write() -> Bool {
        guard let (bytes, _) = machine.nextOutput else { return false }
        let taken = bytes.prefix(window ?? .max)
        guard !taken.isEmpty else { return false }
        window = window.map { $0 - taken.count }
        written += taken
        perform(machine.wrote(taken.count, at: now))
        return true
    }

    private mutating func perform(_ actions: [ConnectionMachine.Action]) {
        let inbox = inbox
        for action in actions {
            switch action {
            case .handle(let request, let acceptance, let id):
                requests.append(request)
                acceptance.answer(request, Responder(departure: Departure()) { inbox.post(.response($0, id)) })
                budgets.requests.giveBack(request.body.count)
            case .pull(let stream, let id): stream.next(StreamSlot { inbox.post(.piece($0, id)) })
            case .endStream(let stream):
                endedStreams += 1
                stream.ended()
            case .disconnected: disconnections += 1
            case .finished: break
            case .shutdownWrite: isShutDown = true
            case .close: isClosed = true
            }
        }
    }

    /// Nothing more will come from the machine.
    var isEnding: Bool { isClosed || isShutDown }

    /// Of all answers that were written.
    var statuses: [Int] { get throws { try Reply.all(written).map(\.status) } }
}

private final class Inbox: Sendable {
    enum Letter: Sendable {
        case response(Response, UInt64)
        case piece(StreamPiece, UInt64)
    }
    private let letters = Lock<[Letter]>([])

    func post(_ letter: Letter) { letters.withLock { $0.append(letter) } }

    func takeAll() -> [Letter] {
        letters.withLock { letters in
            defer { letters = [] }
            return letters
        }
    }
}
