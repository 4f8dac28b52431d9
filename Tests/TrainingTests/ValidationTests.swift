import Numbers
import TestSupport
import Testing

@testable import Training

@Suite struct ValidationTests {
    /// Of normal values the best denoiser errs by s^2/(1 + s^2 snr), and the bound is their entropy.
    @Test(arguments: [0.2, 0.5, 1.0]) func theBoundOfNormalValuesIsTheirEntropy(deviation: Double) {
        let variance = deviation * deviation
        let errors = Validation.levels.map { variance / (1 + variance * ElementaryFunctions.exp($0)) }
        let bits = VariationalBound.bits(errors: errors, levels: Validation.levels, power: variance)
        let entropy =
            0.5 * ElementaryFunctions.log(2 * Double.pi * variance) + 0.5 - ElementaryFunctions.log(2.0 / 255)
        #expect((bits - entropy / ElementaryFunctions.log(2.0)).magnitude < 0.02)
    }

    /// The levels are met by every schedule: what is asked for is what the sample holds.
    @Test(arguments: [ScheduleSettings.Kind.cosine, .linear, .continuousCosine])
    func levelsAreThoseAskedFor(kind: ScheduleSettings.Kind) throws {
        var settings = ScheduleSettings()
        settings.kind = kind
        let process = try settings.process(.velocity)
        var before = Float.infinity
        for wanted in Validation.levels {
            let time = process.time(logSNR: wanted)
            let ratio = Double(time.level.signal) / Double(time.level.noise)
            #expect((2 * ElementaryFunctions.log(ratio) - wanted).magnitude < 1e-5)
            #expect(time.timestep < before && time.timestep >= -1 && time.timestep <= 999)
            before = time.timestep
        }
    }

    @Test func copyingIsWarnedOfAndStops() {
        var settings = StopSettings()
        settings.gap = 0.5
        settings.epochs = 1000
        var watch = OverfittingWatch(settings)
        #expect(watch.warning(gap: 0.05, epochs: 10) == nil && watch.end(gap: 0.05, epochs: 10) == nil)
        #expect(watch.warning(gap: 0.2, epochs: 20) != nil)
        #expect(watch.warning(gap: 0.3, epochs: 30) == nil)
        #expect(watch.warning(gap: nil, epochs: 300) != nil)
        #expect(watch.end(gap: 0.6, epochs: 310) != nil && watch.end(gap: nil, epochs: 1000) != nil)
    }

    @Test func aRunStopsAtItsEpochs() throws {
        let folder = try TemporaryFolder()
        var run = TinyRun(folder.path)
        run.settings.stop.epochs = 2
        guard case .stopped = try run.trainer().run() else {
            Issue.record("the run did not stop")
            return
        }
        #expect(try run.trainer().state.images == 40)
    }
}
