import HTTPTypes
import Imaging
import ImagingFixtures
import JSON
import Jobs
import Service
import Testing

@Suite struct ModelAndHealthRouteTests {
    @Test func modelsAreDescribed() async throws {
        var settings = RoutingBench.Settings()
        settings.models = [SmallModels.chest, SmallModels.numbered]
        settings.models[1].warnings = ["phantom.json is missing"]
        let bench = try RoutingBench(settings)
        bench.board.rates.record(model: "chest", nanoseconds: 12_345_678, calls: 1, unitsPerCall: 1)
        let list = await bench.get("/v1/models")
        #expect(list["items"]?.array?.map { $0["name"] } == ["chest", "numbered"])
        let chest = await bench.get("/v1/models/chest")
        #expect(chest.json == list["items"]?.array?.first)
        #expect(chest["width"] == 32)
        #expect(chest["height"] == 16)
        #expect(chest["size_multiple"] == 8)
        #expect(chest["train_timesteps"] == 1000)
        #expect(chest["prediction"] == "epsilon")
        #expect(chest["guidance"] == true)
        #expect(
            chest["samplers"] == [
                "ddpm", "ddim", "dpmsolver++", "dpmsolver++-sde", "unipc", "euler", "euler-ancestral", "heun", "edm",
                "predictor-corrector", "probability-flow",
            ])
        #expect(chest["attributes"]?.array?.last == ["name": "finding", "values": ["nodule", "effusion", "mass"], "multiple": true])
        #expect(chest["limits"] == ["count": 10, "steps": 1000, "pixels": 4096])
        #expect(chest["ms_per_step"] == 12.346)
        #expect(chest["weights_sha256"]?.string?.utf8.count == 64)
        #expect(chest["warnings"] == [])
        #expect(list["items"]?.array?.last?["warnings"] == ["phantom.json is missing"])
        #expect(chest["sampling"] == .null)
        let task: JSONValue = ["sampler": "ddim", "steps": 100, "guidance": 1.0]
        let enlarging: JSONValue = ["sampler": "ddim", "steps": 25, "guidance": 1.0]
        #expect(
            chest["defaults"] == [
                "sampler": "dpmsolver++", "steps": 25, "guidance": 1.0, "inpainting": task, "super_resolution": enlarging,
            ])
        let missing = await bench.get("/v1/models/other")
        #expect(missing.status == 404)
        #expect(missing["detail"]?.string?.contains("chest, numbered") == true)
    }

    /// What a model says of its sampling is shown as it says it, and what comes of it, by every door.
    @Test func samplingIsShownAndTaken() async throws {
        var settings = RoutingBench.Settings()
        let sampling: JSONObject = ["sampler": "heun", "steps": 2, "guidance": 1.5]
        settings.models[0].sampling = try SamplingDefaults(sampling, of: settings.models[0])
        let bench = try RoutingBench(settings), name = settings.models[0].name
        let model = await bench.get("/v1/models/\(name)")
        #expect(model["sampling"] == .object(sampling))
        #expect(model["defaults"]?["sampler"] == "heun" && model["defaults"]?["steps"] == 2)
        #expect(model["defaults"]?["inpainting"]?["sampler"] == "ddim" && model["defaults"]?["inpainting"]?["guidance"] == 1.5)
        let type: HTTPFields = [.contentType: "application/json"]
        let plain = await bench.send(.post, "/v1/generations", type, body: "{}")
        _ = await bench.send(.post, "/v1/images/generations", type, body: #"{"prompt":""}"#)
        let jobs = try #require(await bench.get("/v1/jobs")["items"]?.array)
        #expect(plain.status == 202 && jobs.count == 2)
        for job in jobs {
            #expect(job["request"]?["sampler"] == "heun" && job["request"]?["steps"] == 2 && job["request"]?["guidance"] == 1.5)
        }
        let other = await bench.send(.post, "/v1/generations", type, body: #"{"sampler":"ddim","guidance":1}"#)
        #expect(other["request"]?["steps"] == 50 && other["request"]?["guidance"] == 1.0)
    }

    @Test func healthIsOneSummary() async throws {
        let bench = try RoutingBench()
        let health = await bench.get("/health")
        #expect(health.status == 200)
        #expect(health["status"] == "READY")
        #expect(health["models"] == ["chest"])
        #expect(health["queue"] == ["queued": 0, "running": 0, "limit": 100])
        #expect(health["version"] == .string(Service.version))
        #expect(await bench.get("/v2/health/live").json == ["live": true])
        #expect(await bench.get("/v2/health/ready").json == ["ready": true])
        #expect(await bench.get("/readyz").text == "ok\n")
    }
}
