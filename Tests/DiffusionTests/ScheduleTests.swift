import Bytes
import Diffusion
import JSON
import Testing

struct ScheduleTests {
    /// betas and their cumulative products, bit for bit; only torch's logistic is an approximation.
    @Test func tablesAreThoseOfDiffusers() throws {
        for golden in try Fixture.cases("schedules.json") {
            let configuration = try Fixture.configuration(golden["config"])
            let schedule = try Schedule(configuration)
            let betas = try Fixture.floats(golden["betas"])
            if case .sigmoid = configuration.betaSchedule {
                #expect(Fixture.largestDifference(schedule.betas, betas) <= 1e-9)
            } else {
                #expect(schedule.betas == betas, "\(configuration)")
            }
            #expect(schedule.alphaBar == (try Fixture.floats(golden["alphas_cumprod"])), "\(configuration)")
        }
    }

    @Test func noisingIsThatOfDiffusers() throws {
        for golden in try Fixture.cases("schedules.json") {
            let configuration = try Fixture.configuration(golden["config"])
            let schedule = try Schedule(configuration)
            let (image, noise) = (try Fixture.floats(golden["image"]), try Fixture.floats(golden["noise"]))
            let (noisy, velocity) = (try Fixture.floats(golden["noisy"]), try Fixture.floats(golden["velocity"]))
            for (i, t) in try Fixture.ints(golden["timesteps"]).enumerated() {
                let model = Parameterisation.variancePreserving(.velocity)
                let gotNoisy = model.noised([image[i]], noise: [noise[i]], at: schedule.level(t))
                let gotVelocity = model.target([image[i]], noise: [noise[i]], at: schedule.level(t))
                #expect(gotNoisy == [noisy[i]], "\(configuration) at \(t)")
                #expect(gotVelocity == [velocity[i]], "\(configuration) at \(t)")
            }
        }
    }

    /// Song et al. 2021, appendix B, and the cosine, in 50 digits.
    @Test func continuousTimeFollowsItsFormulas() throws {
        let golden = try Fixture.json("continuous.json")
        for (name, schedule) in [("linear", ContinuousSchedule.linear(minimum: 0.1, maximum: 20)), ("cosine", .cosine)] {
            for row in try #require(golden[name]?.array) {
                let values = try #require(row.array).map { try #require($0.number?.double) }
                let t = values[0]
                let got = [schedule.beta(t), schedule.mean(t), schedule.standardDeviation(t)]
                for (a, b) in zip(got, values[1...]) { #expect((a / b - 1).magnitude < 1e-13, "\(name) at \(t)") }
            }
        }
        // At the end of the cosine nothing overflows.
        for t in [0.9999999, 1.0] {
            let cosine = ContinuousSchedule.cosine
            #expect(cosine.beta(t) == 999 && cosine.mean(t) < 1e-6 && cosine.mean(t) >= 0)
            #expect(cosine.standardDeviation(t) <= 1 && cosine.standardDeviation(t) > 0.999999)
        }
        #expect(ContinuousSchedule.linear(minimum: 0.1, maximum: 20).discretised(steps: 1000) == .linear(start: 0.0001, end: 0.02))
    }

    /// Every list for 1 to 1000 steps by a digest, some written out.
    @Test func timestepListsAreThoseOfDiffusers() throws {
        for golden in try Fixture.cases("timesteps.json") {
            let configuration = try Fixture.configuration(golden["config"])
            let kind = try #require(golden["sampler"]?.string)
            let spacing = try #require(configuration.spacing)
            // -5.1 is the clipping that diffusers advises for the cosine; ModelSpecification.md section 13 gives 996
            // for it.
            let last = configuration.solver.minimumLambda == -5.1 ? 996 : 1000
            func list(_ steps: Int) -> [Int]? {
                kind == "dpmsolver++"
                    ? try? Timesteps.multistep(steps: steps, spacing: spacing, last: last, configuration: configuration)
                    : try? Timesteps.discrete(steps: steps, spacing: spacing, configuration: configuration)
            }
            for (steps, values) in try #require(golden["lists"]?.object) {
                let steps = try #require(Int(steps))
                let expected = values.isNull ? nil : try Fixture.ints(values)
                #expect(list(steps) == expected, "\(kind) \(spacing) \(steps)")
            }
            let text = (1...1000).map { list($0).map { $0.map(String.init).joined(separator: ",") } ?? "refused" }
            let bytes = Array(text.map { $0 + ";" }.joined().utf8)
            #expect(Int(CRC32(of: bytes).value) == golden["crc_of_all"]?.number?.int, "\(kind) \(spacing)")
        }
    }

    @Test func quantilesAreThoseOfTorch() throws {
        for golden in try Fixture.cases("quantiles.json") {
            let ratio = Float(try #require(golden["ratio"]?.number?.double))
            let expected = try Fixture.floats(golden["quantile"])[0]
            let got = Quantile.ofMagnitudes(try Fixture.floats(golden["values"]), ratio)
            #expect((got - expected).magnitude <= expected.ulp, "\(ratio)")
        }
    }

    @Test func quantilesTakeAnyNumbers() {
        #expect(Quantile.ofMagnitudes([.nan, 1, -3], 0.5) == 3)
        #expect(Quantile.ofMagnitudes([.infinity, 0, -0.0], 0) == 0)
        #expect(Quantile.ofMagnitudes([5], 1) == 5)
    }
}
