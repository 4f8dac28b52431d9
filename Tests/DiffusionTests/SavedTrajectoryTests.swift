import Diffusion
import JSON
import Testing

/// Trajectories that an earlier version saved (`Tests/Fixtures/diffusion/make_saved_trajectories.swift`) go on to the
/// bits on which that version ended them: a service is updated while jobs are under way.
struct SavedTrajectoryTests {
    struct Golden: Sendable, CustomTestStringConvertible {
        let saved: [UInt8]
        let last: [UInt32]
        let evaluations: Int
        let testDescription: String
    }

    static func goldens() throws -> [Golden] {
        try Fixture.cases("saved_trajectories.json").map { golden in
            let digits = Array(try #require(golden["saved"]?.string).utf8)
            let bytes = try stride(from: 0, to: digits.count, by: 2).map { start in
                try #require(UInt8(String(decoding: digits[start..<(start + 2)], as: UTF8.self), radix: 16))
            }
            let evaluations = try #require(golden["evaluations"]?.number?.int)
            return Golden(
                saved: bytes, last: try Fixture.floats(golden["last"]).map(\.bitPattern), evaluations: evaluations,
                testDescription: "\(try #require(golden["name"]?.string)), \(evaluations)")
        }
    }

    /// The pixels are not among the bytes: those of a restoration are told by their digests.
    private func read(_ bytes: [UInt8]) throws -> Trajectory {
        if let generation = try? Trajectory(serialized: bytes) { return generation }
        let inputs = try RestorationTests.cases().map(\.inputs)
        return try #require(inputs.lazy.compactMap { try? Trajectory(serialized: bytes, inputs: $0) }.first)
    }

    @Test(arguments: try goldens())
    func goOnBitForBit(_ golden: Golden) throws {
        let trajectory = try read(golden.saved)
        #expect(trajectory.serialized() == golden.saved && trajectory.evaluationsDone == golden.evaluations)
        let end = try TrajectoryStepper(RationalNetwork()).run(trajectory)
        #expect(end.latent.map(\.bitPattern) == golden.last)
    }

    @Test func everySamplerIsAmongThem() throws {
        let names = try Self.goldens().map(\.testDescription)
        for kind in SamplerKind.allCases {
            #expect(names.contains { $0.hasPrefix("\(kind.rawValue), ") }, "\(kind)")
        }
        for method in [Restoration.Method.ddnm, .repaint] {
            #expect(names.contains { $0.contains(", \(method.rawValue), ") }, "\(method)")
        }
    }
}
