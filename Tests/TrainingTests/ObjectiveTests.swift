import Diffusion
import JSON
import Numbers
import Testing

@testable import Training

@Suite struct ObjectiveTests {
    private static func process(_ kind: ScheduleSettings.Kind) throws -> NoiseProcess {
        var settings = ScheduleSettings()
        settings.kind = kind
        return try settings.process(.velocity)
    }

    private static let image: [Float] = [-0.75, 0.25, 1, 0], noise: [Float] = [0.5, -1.5, 0.125, 2]

    /// Samples, targets and ratios of signal to noise of diffusers' DDPMScheduler.
    @Test func examplesAreDiffusers() throws {
        for golden in try #require(Golden.json("objective.json")["cases"]?.array) {
            let name = try #require(golden["schedule"]?.string)
            guard case .discrete(let schedule) = try Self.process(name == "linear" ? .linear : .cosine) else { return }
            let time = NoiseProcess.time(schedule, try #require(golden["timestep"]?.number?.int))
            let draw = try NoiseDraw(.discrete(schedule), .uniform)
            func example(_ prediction: PredictionType) -> Objective.Example {
                Objective(draw: draw, prediction: prediction, weight: .plain).example(
                    Self.image, noise: Self.noise, at: time)
            }
            let velocity = example(.velocity)
            #expect(try (time.snr / Golden.double(golden["snr"]) - 1).magnitude < 1e-5)
            for (got, expected) in zip(velocity.sample, try Golden.floats(golden["sample"])) {
                #expect((got - expected).magnitude < 1e-6)
            }
            for (got, expected) in zip(velocity.target, try Golden.floats(golden["velocity"])) {
                #expect((got - expected).magnitude < 1e-6)
            }
            #expect(example(.epsilon).target == Self.noise && example(.sample).target == Self.image)
        }
    }

    @Test func quantilesOfTheNormalDistribution() throws {
        let golden = try Golden.json("objective.json")
        for pair in try #require(golden["quantiles"]?.array) {
            let pair = try Golden.doubles(pair)
            #expect((NormalQuantile.value(pair[0]) - pair[1]).magnitude <= 1e-12 * max(1, pair[1].magnitude))
        }
        for pair in try #require(golden["below"]?.array) {
            let pair = try Golden.doubles(pair)
            #expect((NormalQuantile.probability(below: pair[0]) - pair[1]).magnitude < 1e-12)
        }
    }

    /// |e error|^2 = snr |x0 error|^2 = snr/(1 + snr) |v error|^2, of one and the same prediction.
    @Test(arguments: [-6.0, -1, 0, 2.5, 6]) func errorsOfOnePredictionAgree(logSNR: Double) throws {
        let time = try Self.process(.cosine).time(logSNR: logSNR)
        func square(_ a: [Float], _ b: [Float]) -> Double {
            zip(a, b).reduce(0.0) { $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1)) }
        }
        let velocity = Parameterisation.variancePreserving(.velocity)
        let sample = velocity.noised(Self.image, noise: Self.noise, at: time.level)
        let output: [Float] = [1, -0.5, 0.25, -2]
        let imageError = square(velocity.denoised(sample, output: output, at: time.level), Self.image)
        let noiseError = square(velocity.noise(sample, output: output, at: time.level), Self.noise)
        let error = square(output, velocity.target(Self.image, noise: Self.noise, at: time.level))
        #expect((noiseError / (time.snr * imageError) - 1).magnitude < 1e-3)
        #expect((noiseError / (time.snr / (1 + time.snr) * error) - 1).magnitude < 1e-3)
    }

    /// A weight is the same loss whichever error it stands on.
    @Test(arguments: [LossWeight.minSNR(gamma: 5), .edm(data: 0.5)]) func weightsFollowTheTarget(weight: LossWeight) {
        for snr in [1e-4, 0.3, 1, 7, 4000] {
            let (noise, image, velocity) = (snr, 1.0, 1 + snr)  // squared errors of one prediction
            let losses = [
                weight.value(snr: snr, prediction: .epsilon) * noise,
                weight.value(snr: snr, prediction: .sample) * image,
                weight.value(snr: snr, prediction: .velocity) * velocity,
            ]
            #expect(losses.allSatisfy { ($0 / losses[1] - 1).magnitude < 1e-12 })
        }
        #expect(LossWeight.plain.value(snr: 3, prediction: .velocity) == 1)
        #expect((LossWeight.p2(k: 1, gamma: 0.5).value(snr: 3, prediction: .epsilon) - 0.5).magnitude < 1e-15)
        #expect((LossWeight.minSNR(gamma: 5).value(snr: 20, prediction: .epsilon) - 0.25).magnitude < 1e-15)
    }

    /// E |std s + z|^2 with the score s = -output/std is the plain loss on the noise.
    @Test func scoreMatchingIsThePlainLoss() throws {
        let draw = try NoiseDraw(try Self.process(.continuousCosine), .uniform)
        let objective = Objective(draw: draw, prediction: .epsilon, weight: .plain)
        let time = draw.time(probability: 0.37), deviation = Double(time.level.noise)
        let example = objective.example(Self.image, noise: Self.noise, at: time)
        let output: [Float] = [0.1, -1, 0.5, 1.5]
        let score = output.map { -Double($0) / deviation }
        let matching = zip(score, Self.noise).reduce(0.0) { sum, pair in
            let distance = deviation * pair.0 + Double(pair.1)
            return sum + distance * distance
        }
        #expect((objective.loss(example, output: output, share: 1).value - matching / 4).magnitude < 1e-6)
    }

    @Test func gradientsAreDifferencesOfTheLoss() throws {
        let draw = try NoiseDraw(try Self.process(.cosine), .default)
        let objective = Objective(draw: draw, prediction: .velocity, weight: .edm(data: 0.4))
        let example = objective.example(Self.image, noise: Self.noise, at: draw.time(probability: 0.6))
        let output: [Float] = [0.1, -1, 0.5, 1.5]
        let gradient = objective.loss(example, output: output, share: 0.25).gradient
        for place in output.indices {
            func loss(_ step: Float) -> Double {
                var moved = output
                moved[place] += step
                return 0.25 * objective.loss(example, output: moved, share: 0.25).value
            }
            let difference = (loss(0x1p-6) - loss(-0x1p-6)) / 0x1p-5
            #expect((difference - Double(gradient[place])).magnitude < 1e-3 * max(1, difference.magnitude))
        }
    }

    /// The share of draws below a level is the density's, cut off at the schedule's ends.
    @Test(arguments: [ScheduleSettings.Kind.cosine, .linear, .continuousCosine])
    func drawsFollowTheDensity(kind: ScheduleSettings.Kind) throws {
        let process = try Self.process(kind)
        for density in [NoiseDensity.default, .logSNRLaplace(mean: 0, deviation: 2)] {
            let draw = try NoiseDraw(process, density)
            let levels = (0..<4000).map { draw.time(probability: (Double($0) + 0.5) / 4000).logSNR }
            #expect(zip(levels, levels.dropFirst()).allSatisfy { $0 <= $1 })
            for level in [-3.0, 0, 1.6, 4] {
                let share = Double(levels.count { $0 < level }) / 4000
                #expect((share - (try #require(density.probability(below: level)))).magnitude < 0.02)
            }
        }
        let times = try NoiseDraw(process, .uniform)
        let steps = (0..<1000).map { times.time(probability: (Double($0) + 0.5) / 1000).timestep }
        #expect(zip(steps, steps.dropFirst()).allSatisfy { $0 < $1 })
    }

    /// In continuous time the network is told T t - 1, so that index k is time (k + 1)/T.
    @Test func continuousTimesAreDiffusersIndices() throws {
        guard case .continuous(let schedule, let steps) = try Self.process(.continuousCosine) else { return }
        let discrete = try Schedule(ScheduleSettings().configuration(.velocity))
        for index in [0, 99, 500, 998] {
            let time = NoiseProcess.time(schedule, Double(index + 1) / 1000, steps: steps)
            #expect((time.timestep - Float(index)).magnitude < 1e-3)
            #expect((time.level.signal - discrete.level(index).signal).magnitude < 1e-5)
        }
    }

    @Test func densitiesBeyondTheScheduleAreRefused() throws {
        let process = try Self.process(.linear)
        #expect(throws: TrainingError.self) { try NoiseDraw(process, .logSNRNormal(mean: 30, deviation: 0.5)) }
    }
}
