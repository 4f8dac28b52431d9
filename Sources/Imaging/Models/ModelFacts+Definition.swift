import Bytes
import JSON

extension ModelFacts {
    /// The digest of what the bits of an image depend on and neither its recipe nor the weights say: the network's
    /// configuration, its black and white, how it is shown a low-resolution image.
    /// - Parameters:
    ///   - network: the fields of `unet/config.json` in today's spelling.
    ///   - facts: the model, but for this.
    static func definition(network: JSONObject, facts: ModelFacts) -> String {
        var object: JSONObject = [
            "network": .object(network),
            "value_range": .array([.double(facts.valueRange.lowerBound), .double(facts.valueRange.upperBound)]),
        ]
        if let concatenation = facts.generation.concatenation {
            object["low_resolution"] = .array([
                .string(concatenation.order.rawValue), .string(concatenation.upsampling.rawValue),
            ])
        }
        return Digest(of: object.serialized(sortedKeys: true)).hexadecimal
    }
}
