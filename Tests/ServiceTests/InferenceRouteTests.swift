import HTTPTypes
import JSON
import Service
import Testing

/// `/v2`, the Open Inference Protocol.
@Suite struct InferenceRouteTests {
    @Test func theOpenInferenceProtocolDescribesModels() async throws {
        let bench = try RoutingBench()
        #expect(await bench.get("/v2").json == ["name": "phantom", "version": .string(Service.version), "extensions": []])
        let model = await bench.get("/v2/models/chest")
        #expect(model["inputs"]?.array?.first == ["name": "sample", "datatype": "FP32", "shape": [-1, 1, 16, 32]])
        #expect(model["versions"]?.array?.count == 1)
        #expect(await bench.get("/v2/models/chest/ready").json == ["name": "chest", "ready": true])
        #expect(await bench.get("/v2/models/other/ready").status == 404)
        #expect(await bench.get("/v2/models/other").isProblem)
    }
}
