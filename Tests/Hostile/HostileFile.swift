import Bytes
import Checkpoints
import Copies
import Evaluation
import Images
import Imaging
import JSON

/// Files that a run leaves for the next: an index of training images, features, the log of a labelled set.
public final class HostileFile {
    private let mutator = DocumentMutator(vocabulary: ["training", "heldOut", "held_out", "features", "logits", "F32", "F64", "BF16", "I8", "extractor"])
    private let folder = HostileFolder()
    private let picture = Pictures.drawn(1)
    private let index: [UInt8]
    private let features: [UInt8]
    private let model = ServedModel(facts: TinyModel.facts(), network: TinyModel.made())
    private let plan: LabelledSetPlan
    private static let header = "condition,attempt,seed,file,sha256,recipe_sha256,copy_score\n"

    public init() {
        do {
            let origin = CopyIndex.Origin(dataset: TinyModel.sha256.hexadecimal, width: 16, height: 16, channels: 1)
            let images = IndexedImages(count: 6) { IndexedImage(Pictures.drawn($0), group: "p\($0 / 2)") }
            index = try CopyIndex(origin, of: images, heldOut: IndexedImages(count: 4) { IndexedImage(Pictures.drawn(10 + $0), group: "q\($0)") }).bytes
            let values = (0..<24).map { Float($0 % 7) / 3 }
            try SafetensorsWriter().write(
                ["features": .init(shape: [4, 6], floats: values), "logits": .init(shape: [4, 3], floats: Array(values.prefix(12)))],
                to: "\(folder.path)/features.safetensors")
            features = folder.read("features.safetensors")
            plan = try LabelledSetPlan(
                [LabelledCondition(option: "view=PA:3", of: model.facts), LabelledCondition(option: "view=AP;finding=mass:2", of: model.facts)],
                model: model.facts, sampling: ["steps": 2], seed: 7, judging: "none")
            folder.makeFolder("set")
            folder.write(plan.json.serialized(), to: "set/augment.json")
        } catch { fatalError("a valid file is not made: \(error)") }
    }

    /// - Returns: whether the file was let in.
    @discardableResult
    public func run(_ choices: inout Choices) -> Bool {
        do {
            switch choices.below(4) {
            case 0: try readIndex(&choices)
            case 1: try readFeatures(&choices)
            case 2: try readLog(&choices)
            default: try readCondition(&choices)
            }
            return true
        } catch { return false }
    }

    // MARK: Each file

    /// The header's fields and numbers behind it; length and digest are made right again.
    private func readIndex(_ choices: inout Choices) throws {
        let bytes = headed(index.dropLast(Digest.byteCount), prefix: 8, width: 4, &choices)
        let read = try CopyIndex(bytes: bytes + Digest(of: bytes).bytes, place: "index")
        _ = read.bytes
        _ = try read.thumbnail(read.count - 1)
        _ = try CopySearch(read).match(picture)
    }

    private func readFeatures(_ choices: inout Choices) throws {
        folder.write(headed(features[...], prefix: 0, width: 8, &choices), to: "features.safetensors")
        _ = try FeatureFile(path: "\(folder.path)/features.safetensors")
    }

    /// A file of a length, a JSON header of that length, and numbers, each of which may be spoilt.
    private func headed(_ file: ArraySlice<UInt8>, prefix: Int, width: Int, _ choices: inout Choices) -> [UInt8] {
        let lengthAt = file.startIndex + prefix, headerAt = lengthAt + width
        let length = (lengthAt..<headerAt).reversed().reduce(0) { $0 << 8 | Int(file[$1]) }
        var header = Array(file[headerAt..<headerAt + length]), content = Array(file[(headerAt + length)...])
        if choices.below(2) == 1, let document = try? JSONReader().read(header).object {
            header = mutator.mutate(document, &choices).serialized()
        }
        for _ in 0..<choices.below(3) {
            let word = choices.pick([0, 1, 0x7F80_0000, 0xFF80_0000, 0x7FC0_0000, 0x7F7F_FFFF, 0x8000_0000, .max, Float(-1).bitPattern] as [UInt32])
            // Numbers at the beginning, at the end, and between.
            let place = choices.pick([0, content.count / 4 - 1, choices.below(content.count / 4)]) * 4
            for byte in 0..<4 { content[place + byte] = UInt8(truncatingIfNeeded: word >> UInt32(8 * byte)) }
        }
        if choices.below(8) == 7 { content.removeLast(choices.below(content.count)) }
        let given = choices.below(16) == 15 ? Int(truncatingIfNeeded: choices.word()) : header.count
        let bytes = (0..<width).map { UInt8(truncatingIfNeeded: given >> (8 * $0)) }
        return Array(file[..<lengthAt]) + bytes + header + content
    }

    /// Lines of attempts, fields of which are spoilt, doubled or missing.
    private func readLog(_ choices: inout Choices) throws {
        var text = choices.below(20) == 19 ? "" : Self.header
        for number in 0..<choices.below(5) {
            var fields = ["\(number % 2)", "\(number / 2)", "\(7 + number % 2 * 1_000_000 + number / 2)", "", "", "", "0.5"]
            for _ in 0..<choices.below(3) { fields[choices.below(fields.count)] = choices.pick(HostileValues.texts + ["", "a/b.png", "\"", "é"]) }
            if choices.below(16) == 15 { fields.removeLast() }
            text += fields.joined(separator: ",") + (choices.below(8) == 7 ? "" : "\n")
        }
        folder.write(Array(text.utf8), to: "set/attempts.csv")
        _ = try LabelledSet(plan, model: model, folder: "\(folder.path)/set", threads: 1, batch: 1)
    }

    /// `--images` of `phantom augment`.
    private func readCondition(_ choices: inout Choices) throws {
        let words = ["view", "finding", "PA", "AP", "mass", "nodule", "", "=", ";", ":"]
        let parts = (0..<choices.below(4)).map { _ in "\(choices.pick(words))=\(choices.pick(words))" }
        let valid = choices.pick(["view=PA", "view=AP;finding=mass"])
        let count = choices.below(3) == 0 ? "3" : choices.pick(HostileValues.texts)
        let text = (choices.below(2) == 0 ? [valid] : parts).joined(separator: ";") + choices.pick([":", ":", ":", ""]) + count
        let condition = try LabelledCondition(option: text, of: model.facts)
        let plan = try LabelledSetPlan([condition], model: model.facts, sampling: [:], seed: .max, judging: "none")
        _ = plan.json.serialized()
    }
}
