import ArgumentParser
import Commands
import Diffusion
import JSON
import Service

/// Options of every command: parsed and validated, and where images are asked for turned into a request, without anything being read,
/// written or computed.
public struct HostileCommandLine {
    private let validator = HostileRequest.validator()

    private static let commands: [(name: String, options: [String])] = [
        ("generate", sampling + ["--width", "--height"]),
        ("inpaint", sampling + ["--image", "--mask", "--method", "--resample"]),
        ("upscale", sampling + ["--image", "--scale", "--method", "--noise-level", "--resample"]),
        ("bench", ["--model", "--batch", "--threads", "--repeat", "--size"]),
        ("forward", ["--model", "--input", "--output", "--threads", "--variant"]),
        ("verify", ["--model", "--image", "--mask", "--threads"]),
        ("import", ["--output", "--heads", "--head-dim", "--size", "--attention-order", "--weights", "--prefix"]),
        ("serve", ["--config", "--host", "--port", "--model"]), ("inspect", ["--model", "--variant"]),
    ]
    private static let sampling = [
        "--model", "--output", "--count", "--steps", "--sampler", "--sampler-option", "--seed", "--guidance", "--guidance-rescale",
        "--guidance-interval", "--noise", "--condition", "--eta", "--bit-depth", "--format", "--threads", "--batch",
    ]
    private static let values: [String: String] = [
        "--count": "2", "--steps": "4", "--sampler": "ddim", "--sampler-option": "order=3", "--seed": "7", "--guidance": "2", "--guidance-rescale": "0.5",
        "--guidance-interval": "0.1,0.8", "--noise": "philox", "--condition": "view=PA", "--eta": "0.5", "--bit-depth": "8", "--format": "png",
        "--threads": "2", "--batch": "8", "--width": "8", "--height": "8", "--method": "ddnm", "--resample": "2,2", "--scale": "2",
        "--noise-level": "0.1", "--repeat": "3", "--size": "8", "--heads": "1", "--head-dim": "8", "--attention-order": "legacy", "--port": "8080",
        "--host": "localhost",
    ]

    public init() {}

    /// - Returns: whether the command line was let in.
    @discardableResult
    public func run(_ choices: inout Choices) -> Bool {
        let (name, options) = choices.pick(Self.commands)
        var arguments = [name]
        for option in options where choices.below(4) != 3 || ["--model", "--output", "--image", "--mask", "--input", "--scale"].contains(option) {
            arguments += [option, choices.below(6) == 5 ? Self.hostile(option, &choices) : Self.values[option] ?? "a"]
        }
        if ["verify", "import"].contains(name) { arguments.append("a") }
        do {
            let command = try Phantom.parseAsRoot(arguments)
            guard let task = (command as? any ImageCommand)?.task else { return true }
            let inputs: RestorationInputs? = task.image == nil ? nil : task.mask == nil ? Pictures.enlarging : Pictures.inpainting
            let plan = try validator.validate(.object(task.body), kind: task.kind, inputs: inputs)
            precondition(plan.planned.work.evaluations >= 1)
            return true
        } catch { return false }
    }

    private static func hostile(_ option: String, _ choices: inout Choices) -> String {
        let text = choices.pick(HostileValues.texts)
        return switch choices.below(6) {
        case 0: ""
        case 1: "\(text),\(choices.pick(HostileValues.texts))"
        case 2: "churn.amount=\(text)"
        case 3: "\(choices.pick(["order", "spacing", "stride", "sigma_max", "clip", "tolerance", "snr", "view", ".", "a.b", "corrector_steps"]))=\(text)"
        case 4: choices.pick(TinyModel.vocabulary)
        default: text
        }
    }
}
