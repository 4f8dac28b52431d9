import TestSupport
import Testing

@testable import Training

@Suite struct DrawTests {
    @Test(arguments: [1, 2, 3, 20, 257, 1000]) func anEpochIsAPermutation(count: Int) {
        let order = EpochOrder(seed: 7, count: count)
        for epoch in 0..<3 {
            let seen = (0..<count).map { order.image(epoch * count + $0) }
            #expect(Set(seen) == Set(0..<count))
        }
        guard count > 3 else { return }
        #expect((0..<count).map { order.image($0) } != (count..<2 * count).map { order.image($0) })
        let other = EpochOrder(seed: 8, count: count)
        #expect((0..<count).map { order.image($0) } != (0..<count).map { other.image($0) })
    }

    @Test func drawsOfOneImageDiffer() {
        let draws = ImageDraws(seed: 3, number: 5), next = ImageDraws(seed: 3, number: 6)
        #expect(draws.noise(count: 9) == ImageDraws(seed: 3, number: 5).noise(count: 9))
        #expect(draws.noise(count: 9) != next.noise(count: 9) && draws.dropoutKey != next.dropoutKey)
        #expect(Set([draws.time, draws.labels, draws.warp(0)[0], draws.warp(1)[0]]).count == 4)
        // Past 2^32 images the high half counts.
        #expect(ImageDraws(seed: 3, number: 5 + 1 << 32).time != draws.time)
    }

    /// One draw in each slice of probability, and labels lost at their rate.
    @Test func batchesAreStratified() throws {
        let folder = try TemporaryFolder()
        var run = TinyRun(folder.path)
        run.settings.batch = 500
        run.settings.labelDropout = 0.3
        let plan = try run.plan(), batch = try BatchMaker(plan, run.images).batch(from: 500)
        let levels = batch.examples.map(\.time.logSNR)
        #expect(zip(levels, levels.dropFirst()).allSatisfy { $0 <= $1 })
        let null = try #require(plan.network.classRows.null)
        let unlabelled = batch.rows.count { $0.classRows.map(\.row) == [null] }
        // 0.3 of them, and one image in twenty that has no label.
        #expect((125...210).contains(unlabelled))
        #expect(Set(batch.images).count == 20)
    }
}
