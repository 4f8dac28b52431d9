import HTTP
import Imaging
import JSON

/// `/v2...`: metadata as the Open Inference Protocol, version 2, has it
/// (https://github.com/open-inference/open-inference-protocol). Images are made by jobs, so there is no `infer`.
struct InferenceRoutes: Sendable {
    let models: [ModelFacts]

    func server(_ call: Call) throws(Problem) -> Reply {
        .now(.json(["name": "phantom", "version": .string(Service.version), "extensions": []]))
    }

    func model(_ call: Call) throws(Problem) -> Reply {
        let model = try models.named(in: call)
        let generation = model.generation
        // What one evaluation of the network takes and gives; -1 is any number.
        let image: JSONValue = [
            -1, .integer(generation.channels), .integer(generation.height), .integer(generation.width),
        ]
        var inputs: [JSONValue] = [
            ["name": "sample", "datatype": "FP32", "shape": image],
            ["name": "timestep", "datatype": "FP32", "shape": [-1]],
        ]
        if model.hasClassTable { inputs.append(["name": "class_labels", "datatype": "INT64", "shape": [-1]]) }
        return .now(
            .json([
                "name": .string(model.name), "versions": [.string(generation.weightsSHA256.hexadecimal)],
                "platform": "phantom_unet2d", "inputs": .array(inputs),
                "outputs": [["name": "sample", "datatype": "FP32", "shape": image]],
            ]))
    }

    /// A model that is there is loaded.
    func ready(_ call: Call) throws(Problem) -> Reply {
        .now(.json(["name": .string(try models.named(in: call).name), "ready": true]))
    }
}
