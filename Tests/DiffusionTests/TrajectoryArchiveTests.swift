import Bytes
import Diffusion
import Testing

/// Bytes from outside end in an error, never in a trap.
struct TrajectoryArchiveTests {
    private func saved() throws -> (recipe: Recipe, bytes: [UInt8]) {
        var recipe = TrajectoryTests.recipes[3]
        recipe.noise = .torch
        var batch = [try Trajectory(recipe: recipe)]
        for _ in 0..<5 { try TrajectoryStepper(RationalNetwork()).step(&batch) }
        return (recipe, batch[0].serialized())
    }

    /// The checksum made right again, so that what lies behind it is tried.
    private func sealed(_ bytes: [UInt8]) -> [UInt8] {
        let content = bytes.dropLast(4)
        let crc = CRC32(of: content).value
        return content + (0..<4).map { UInt8(truncatingIfNeeded: crc >> (8 * $0)) }
    }

    @Test func checksumIsThatOfZlib() {
        #expect(CRC32(of: Array("123456789".utf8)).value == 0xCBF4_3926)
    }

    @Test func anotherRecipeIsRefused() throws {
        let (recipe, bytes) = try saved()
        let run = try Run(recipe)
        #expect(try Trajectory(serialized: bytes, of: run, seed: recipe.seed).serialized() == bytes)
        #expect(throws: TrajectoryArchiveError.otherRecipe) {
            try Trajectory(serialized: bytes, of: run, seed: recipe.seed &+ 1)
        }
        var other = recipe
        other.steps += 1
        #expect(throws: TrajectoryArchiveError.otherRecipe) {
            try Trajectory(serialized: bytes, of: Run(other), seed: recipe.seed)
        }
    }

    @Test func otherVersionsAreNamed() throws {
        var bytes = try saved().bytes
        bytes[4] = 9
        #expect(throws: TrajectoryArchiveError.version(9, expected: 1)) { try Trajectory(serialized: sealed(bytes)) }
    }

    @Test func everyCutAndEveryChangedByteIsNoticed() throws {
        let bytes = try saved().bytes
        for length in 0..<bytes.count {
            #expect(throws: (any Error).self) { try Trajectory(serialized: Array(bytes[..<length])) }
        }
        for place in bytes.indices {
            var changed = bytes
            changed[place] ^= 1 << (place % 8)
            #expect(throws: (any Error).self) { try Trajectory(serialized: changed) }
        }
        #expect(throws: (any Error).self) { try Trajectory(serialized: bytes + [0]) }
    }

    /// With a right checksum whatever is read is either refused or a trajectory that runs to its end.
    @Test(arguments: [SamplerKind.ddim, .unipc, .heun, .edm, .probabilityFlow])
    func sealedNonsenseDoesNotTrap(_ kind: SamplerKind) throws {
        let recipe = try #require(TrajectoryTests.recipes.last { $0.sampler == kind })
        var batch = [try Trajectory(recipe: recipe)]
        for _ in 0..<5 { try TrajectoryStepper(RationalNetwork()).step(&batch) }
        let bytes = batch[0].serialized()
        var state: UInt64 = 1
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var accepted = 0
        for _ in 0..<3000 {
            var changed = bytes
            for _ in 0...random(3) {
                let place = 4 + random(changed.count - 8)
                switch random(3) {
                case 0: changed[place] = UInt8(random(256))
                case 1: changed.remove(at: place)
                default: changed.insert(UInt8(random(256)), at: place)
                }
            }
            guard var trajectory = try? Trajectory(serialized: sealed(changed)) else { continue }
            accepted += 1
            while !trajectory.finished, trajectory.recipe.count < 1000 {
                try trajectory.advance([Float](repeating: 0.5, count: trajectory.recipe.count))
            }
        }
        #expect(accepted > 0)
    }
}
