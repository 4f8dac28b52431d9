import Foundation
import TestSupport
import Testing

/// Work grows with the request and no faster, whatever it is that grows. Counted, not timed: by `GrowthProbe`, which
/// says how, in a process of its own, whose hashes are the same each time.
@Suite(.enabled(if: !Sanitizer.isOn, "the probe stands in malloc's place, which a sanitizer needs for itself"))
struct GrowthTests {
    /// One route under one shape at sizes of 1, 2 and 4.
    private struct Measurement {
        let route: String
        let shape: String
        let isConstant: Bool
        let operations: [Int]
        let bytes: [Int]
        let answers: [Int]
        /// Of the largest.
        let status: String

        init?(_ line: Substring) {
            let columns = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            let numbers = columns.dropFirst(3).prefix(9).compactMap { Int($0) }
            guard columns.count == 15, numbers.count == 9 else { return nil }
            (route, shape, isConstant) = (columns[0], columns[1], columns[2] == "constant")
            status = columns[14]
            (operations, bytes, answers) = (Array(numbers[0..<3]), Array(numbers[3..<6]), Array(numbers[6..<9]))
        }

        /// Of work in proportion to the size the second step is twice the first; of work as its square, four times.
        /// Buffers that double make steps of their own, by at most a half.
        private func isLinear(_ counts: [Int], slack: Int) -> Bool {
            counts[2] - counts[1] <= 3 * max(0, counts[1] - counts[0]) + counts[0] / 4 + slack
        }

        var growsTooFast: Bool {
            if isConstant { return operations[2] > 2 * operations[0] || bytes[2] > 2 * bytes[0] }
            return !isLinear(operations, slack: 200) || !isLinear(bytes, slack: 32_768)
        }
    }

    private static let measurements: [Measurement] = {
        let own = URL(fileURLWithPath: ChildProcess.phantom).deletingLastPathComponent().appendingPathComponent(
            "GrowthProbe")
        // `make growth` has built another, which counts more, and would leave its profile in this folder.
        let probe = ProcessInfo.processInfo.environment["GROWTH_PROBE"] ?? own.path
        let environment = ["SWIFT_DETERMINISTIC_HASHING": "1", "LLVM_PROFILE_FILE": "/dev/null"]
        guard let child = try? ChildProcess(probe, [], environment: environment),
            child.exitStatus(within: 1000) == 0
        else { return [] }
        return String(decoding: child.standardOutput, as: UTF8.self).split(separator: "\n").compactMap {
            Measurement($0)
        }
    }()

    @Test func theCounterFindsWhatGrowsAsTheSquare() {
        let controls = Self.measurements.filter { $0.route == "control" }
        #expect(controls.map(\.shape) == ["objects", "bytes"])
        #expect(controls.allSatisfy { $0.growsTooFast })
    }

    @Test func everyRouteIsMeasured() throws {
        let routes = Set(try RoutingBench().router.routes.map { "\($0.method.rawValue) \($0.template.text)" })
        #expect(Set(Self.measurements.map(\.route)).subtracting(["control"]) == routes)
        for route in routes { #expect(Self.measurements.count { $0.route == route } > 30, "\(route)") }
    }

    @Test func workGrowsWithTheRequestAndNoFaster() {
        for found in Self.measurements where found.route != "control" && found.growsTooFast {
            Issue.record(
                "\(found.route), \(found.shape): operations \(found.operations), bytes allocated \(found.bytes)")
        }
    }

    /// A refusal is no longer than a screen, whatever was refused.
    @Test func refusalsAreShort() {
        for found in Self.measurements
        where found.status.hasPrefix("4") && found.answers[2] > 20_000 {
            Issue.record("\(found.route), \(found.shape): answers of \(found.answers) bytes")
        }
    }
}
