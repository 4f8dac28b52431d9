import Testing

@testable import Networks
@testable import Tensors

/// What evaluations of whole networks take, and how they are cut and left.
struct UNetWorkTests {
    typealias Golden = UNetGoldenTests.Golden

    @Test(arguments: UNetGoldenTests.cases) func theCostIsWhatAnEvaluationHolds(name: String) throws {
        let golden = try Golden(name)
        for (threads, batch) in [(1, 1), (2, 2), (2, 7), (8, 1), (8, 3)] {
            let compute = Compute(threads: threads)
            let rows = (0..<batch).map { golden.rows[$0 % golden.rows.count] }
            _ = try golden.unet.evaluate(rows, height: golden.height, width: golden.width, compute: compute)
            let cost = try golden.unet.cost(batch: batch, height: golden.height, width: golden.width, threads: threads)
            #expect(compute.memory == cost.bytes, "\(threads) threads, batch \(batch)")
        }
    }

    /// What a block forgets to release, later blocks cannot use: the memory of a pass would grow with its depth.
    @Test(arguments: UNetGoldenTests.cases) func aPassReleasesAllButItsResult(name: String) throws {
        let golden = try Golden(name), compute = Compute(threads: 2), (height, width) = (golden.height, golden.width)
        var passes = 0
        try compute.run(golden.unet, batch: golden.rows.count, height: height, width: width) { pass in
            let result = golden.unet.forward(golden.rows, height, width, pass)
            #expect(pass.held > 0)
            pass.release(result)
            #expect(pass.held == 0)
            passes += 1
        }
        #expect(passes == 2)  // measured and computed
    }

    @Test func largeImagesAreEvaluatedOneByOne() throws {
        #expect(UNet.rowsTogether(height: 64, width: 64) >= 8)
        #expect(UNet.rowsTogether(height: 512, width: 512) == 1)
        #expect(UNet.rowsTogether(height: 1 << 16, width: 1 << 16) == 1)
        let golden = try Golden("mish_without_mid_attention"), size = 384, compute = Compute(threads: 2)
        let rows = (0..<2).map { n in
            let count = golden.unet.configuration.inChannels * size * size
            return UNetRow(sample: (0..<count).map { Float(($0 * 7 + n) % 13) / 13 }, timestep: 3)
        }
        let together = try golden.unet.evaluate(rows, height: size, width: size, compute: compute)
        let one = try golden.unet.cost(batch: 1, height: size, width: size, threads: 2)
        let eight = try golden.unet.cost(batch: 8, height: size, width: size, threads: 2)
        #expect(compute.memory == one.bytes && eight.bytes == one.bytes && eight.multiplyAdds == 8 * one.multiplyAdds)
        for n in 0..<2 {
            let alone = try golden.unet.evaluate([rows[n]], height: size, width: size, compute: compute)
            #expect(alone == [together[n]])
        }
    }

    @Test(arguments: UNetGoldenTests.cases) func anEvaluationThatNobodyWantsHasNoResult(name: String) throws {
        let golden = try Golden(name), compute = Compute(threads: 2)
        func evaluate() throws -> [[Float]] {
            try golden.unet.evaluate(golden.rows, height: golden.height, width: golden.width, compute: compute)
        }
        let expected = try evaluate()
        compute.isWanted = { false }
        #expect(throws: EvaluationAbandoned()) { try evaluate() }
        compute.isWanted = nil
        #expect(try evaluate() == expected)
    }

    @Test(arguments: UNetGoldenTests.cases) func weightsMadeForBatchesAreMadeAgain(name: String) throws {
        let golden = try Golden(name), compute = Compute(threads: 2)
        let rows = (0..<8).map { golden.rows[$0 % golden.rows.count] }
        func evaluate() throws -> [[Float]] {
            try golden.unet.evaluate(rows, height: golden.height, width: golden.width, compute: compute)
        }
        let expected = try evaluate()
        golden.unet.giveBackMadeWeights()
        #expect(try evaluate() == expected)
        // Padding and transforms take more than the numbers themselves, never less.
        #expect(golden.unet.weightBytes.held > 2 * golden.unet.parameterCount)
    }

    @Test(arguments: UNetGoldenTests.cases) func aNetworkThatHasRunIsNotKept(name: String) throws {
        let compute = Compute(threads: 2)
        weak var network: UNet?
        do {
            let golden = try Golden(name)
            for rows in [golden.rows, [golden.rows[0]]] {
                _ = try golden.unet.evaluate(rows, height: golden.height, width: golden.width, compute: compute)
            }
            _ = try golden.unet.cost(batch: 2, height: golden.height, width: golden.width, threads: 2)
            network = golden.unet
            #expect(network != nil)
        }
        #expect(network == nil)
        #expect(compute.memory > 0)
    }
}
