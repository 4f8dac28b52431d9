import Jobs

/// A way in which a request may grow.
struct Shape {
    /// How the work may grow with the size.
    enum Growth: String {
        /// As the request does.
        case linear
        /// Not at all: only a number in the request is larger.
        case constant
    }

    let name: String
    /// The smallest size; it is sent at this, at twice and at four times this.
    let base: Int
    let growth: Growth
    let request: (Int) -> WireRequest
    /// Makes the jobs that there are before the request comes, and says which of them it is about.
    let prepare: (GrowingBench, Int) throws -> JobID
    /// Whether these are many, so that a new bench is sooner had than an empty one.
    let takesBench: Bool

    init(
        _ name: String, _ base: Int, request: @escaping (Int) -> WireRequest,
        prepare: @escaping (GrowingBench, Int) throws -> JobID
    ) {
        (self.name, self.base, growth) = (name, base, .linear)
        (self.request, self.prepare, takesBench) = (request, prepare, true)
    }

    /// A larger request; there is one job, which has ended with two images.
    init(_ name: String, _ base: Int, growth: Growth = .linear, _ request: @escaping (Int) -> WireRequest) {
        (self.name, self.base, self.growth) = (name, base, growth)
        (self.request, prepare, takesBench) = (request, { bench, _ in try bench.finish(images: 2) }, false)
    }

    var sizes: [Int] { [base, 2 * base, 4 * base] }
}

/// A request as it goes over the wire.
struct WireRequest {
    var method: String
    var target: String
    var fields: [String] = []
    var type: String?
    var body: [UInt8] = []
    /// The body in chunks of one byte, each with an extension, instead of a Content-Length.
    var isChunked = false
    /// How often it is sent without waiting for an answer.
    var repetitions = 1

    var bytes: [UInt8] {
        var lines = ["\(method) \(target) HTTP/1.1", "Host: growth.test"] + fields
        if let type { lines.append("Content-Type: \(type)") }
        lines.append(isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(body.count)")
        let head = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
        let content =
            isChunked ? body.flatMap { Array("1;a=b\r\n".utf8) + [$0, 13, 10] } + Array("0\r\n\r\n".utf8) : body
        return [[UInt8]](repeating: head + content, count: repetitions).flatMap { $0 }
    }
}

/// `count` texts, made of their numbers.
func list(_ count: Int, separator: String = ",", _ text: (Int) -> String) -> String {
    (0..<count).map(text).joined(separator: separator)
}

func repeated(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }
