import Service

/// One route under one growing request: what is counted at each of its sizes.
struct Measurement {
    private let columns: [String]

    /// Tab-separated, for the test that reads it: route, shape, how it may grow; then at each of the three sizes operations,
    /// bytes of memory, bytes of the answer, and its status.
    var line: String { columns.joined(separator: "\t") }

    init(_ route: String, _ shape: Shape, on shared: GrowingBench) throws {
        var (work, answers): ([Work], [[UInt8]]) = ([], [])
        // The first time, what is made once is made.
        for size in [shape.base] + shape.sizes {
            let bench = shape.takesBench ? try GrowingBench() : shared
            var request = shape.request(size)
            if shape.takesBench || request.target.contains("{id}") {
                request.target = request.target.replacing("{id}", with: try shape.prepare(bench, size).description)
            }
            let bytes = request.bytes
            var answer: [UInt8] = []
            work.append(WorkCounter.count { answer = bench.answers(to: bytes) })
            answers.append(answer)
            if !shape.takesBench { try bench.removeAll() }
        }
        self.init(route, shape.name, shape.growth, Array(work.dropFirst()), Array(answers.dropFirst()))
    }

    private init(_ route: String, _ shape: String, _ growth: Shape.Growth, _ work: [Work], _ answers: [[UInt8]]) {
        // HTTP/1.1 200 OK
        let statuses = answers.map { String(decoding: $0.dropFirst(9).prefix(3), as: UTF8.self) }
        let counts = work.map(\.operations) + work.map(\.bytes) + answers.map(\.count)
        columns = [route, shape, growth.rawValue] + counts.map { "\($0)" } + statuses
    }

    // MARK: Controls

    /// What must be found out: the square of the size, once in objects and once in bytes.
    static func controls() -> [Measurement] {
        let sizes = [100, 200, 400]
        let objects = sizes.map { size in WorkCounter.count { for number in 0..<size * size { keep([number]) } } }
        let bytes = sizes.map { size in
            WorkCounter.count { for _ in 0..<size { keep([Int](repeating: 1, count: size)) } }
        }
        return [("objects", objects), ("bytes", bytes)].map { name, work in
            Measurement("control", name, .linear, work, sizes.map { _ in Array("HTTP/1.1 200".utf8) })
        }
    }

    /// Nothing is optimised away that this has seen.
    @inline(never) private static func keep(_ array: [Int]) { unsafe last = array }
    nonisolated(unsafe) private static var last: [Int] = []
}
