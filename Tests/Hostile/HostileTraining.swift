import Datasets
import JSON
import Training

/// `train.json`: settings of a run planned on a few images, and its data set opened and read.
public final class HostileTraining {
    private let mutator = DocumentMutator(vocabulary: TinyModel.vocabulary + HostileTraining.words)
    private let folder = HostileFolder()
    private let settings: JSONObject
    private let dataset: JSONObject

    private static let words = [
        "folder", "nih", "wilds", "medmnist", "pcam", "nifti", "dicom", "label", "patient", "split", "file", "name", "values", "pattern", "column", "skip",
        "keep", "merge", "grey", "pad", "crop", "stretch", "lanczos", "^(\\w+)/", "(", "([a-z])*$", "(a+)+b", "labels.csv", "uniform", "lognormal", "edm",
        "min_snr", "constant", "sqrt", "adamw",
    ]

    public init() {
        var run = TrainingSettings(output: folder.path, images: 320, dataset: ["kind": "folder", "path": "."])
        (run.batch, run.size, run.checkpointEvery) = (8, 8, 32)
        run.averages = .widths([0.05, 0.10], snapshots: 4)
        run.augmentation.nonLeaky = .init()
        run.augmentation.labelSafe = .init()
        run.stop.gap = 1
        run.model = ["block_out_channels": [8, 16], "norm_num_groups": 4, "attn_norm_num_groups": 4]
        dataset = [
            "kind": "folder", "path": .string(folder.path), "table": "labels.csv", "file_column": "file", "group_column": "patient",
            "split_column": "split", "own_split": true, "validation": 0.2, "filter": "lanczos", "fit": "crop", "colour": "grey", "on_error": "stop",
            "small_classes": "keep", "crops": ["side": 4, "stride": 4],
            "attributes": [
                ["name": "label", "column": "label", "values": ["a", "b"], "multiple": false, "separator": "|"],
                ["name": "part", "pattern": "^(\\w)"],
            ],
        ]
        let names = (0..<6).map { "\($0).png" }
        for name in names { folder.write(Pictures.png(Pictures.inpainting.image), to: name) }
        let rows = names.enumerated().map { "\($1),\($0 % 2 == 0 ? "a" : "b"),p\($0 / 2),\($0 < 4 ? "train" : "valid")\n" }
        folder.write(Array(("file,label,patient,split\n" + rows.joined()).utf8), to: "labels.csv")
        do {
            settings = try RunPlan(run, images: RunImages(training: FewImages(), heldOut: FewImages())) { _ in 100 }.settings.json
            try Self.open(dataset)
        } catch { fatalError("valid settings of a run are refused: \(error)") }
    }

    /// - Returns: whether the settings were let in.
    @discardableResult
    public func run(_ choices: inout Choices) -> Bool {
        do {
            guard choices.below(2) == 0 else {
                try Self.open(mutator.mutate(dataset, &choices))
                return true
            }
            let read = try TrainingSettings(json: mutator.mutate(settings, &choices))
            let planned = try RunPlan(read, images: RunImages(training: FewImages(), heldOut: FewImages())) { _ in 100 }.settings
            let again = try TrainingSettings(json: planned.json)
            precondition(again == planned, "settings of a run come back changed")
            return true
        } catch { return false }
    }

    private static func open(_ dataset: JSONObject) throws {
        let set = try DatasetSettings(json: JSONCursor(dataset)).open()
        for index in [0, set.count - 1] where set.count > 0 {
            _ = (set.labels(index), set.group(index), set.name(index), set.part(index))
            _ = try set.pixels(index)
        }
    }
}

/// Images of 8 x 8 pixels, of which every other is bright.
private struct FewImages: TrainingImages {
    let count = 6
    let height = 8, width = 8, channels = 1
    let attributes = [DatasetAttribute(name: "label", values: ["a", "b"], multiple: false)]
    let digest = String(repeating: "ab", count: 32)

    func labels(_ i: Int) -> DatasetLabels { DatasetLabels([[i % 2]]) }
    func name(_ i: Int) -> String { "\(i).png" }
    func values(_ i: Int) -> [Float] { (0..<64).map { Float($0 % 8) / 8 - Float(i % 2) } }
}
