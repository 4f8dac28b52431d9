import Bytes
import Checkpoints

/// A state on disk: one safetensors file, which a new one replaces whole (written beside it, synced, renamed), so that
/// whatever ends the process, the last one that was complete is there.
struct SavedState {
    let path: String
    /// The digest of the settings that the state belongs to, see `RunPlan.digest`.
    let digest: Digest
    /// Elements of the network, and averages of the run.
    let elements: Int, averages: Int

    private static let format = "phantom-training-1"

    /// - Throws: `CheckpointError`; what was saved before then is as it was.
    func write(_ state: TrainingState) throws(CheckpointError) {
        let writer = SafetensorsWriter(metadata: [
            "format": Self.format, "images": "\(state.images)", "steps": "\(state.steps)",
            "settings": digest.hexadecimal,
        ])
        var tensors: [String: SafetensorsWriter.Tensor] = [
            "weights": tensor(state.weights), "first_moments": tensor(state.firstMoments),
            "second_moments": tensor(state.secondMoments),
        ]
        for (index, average) in state.averages.enumerated() { tensors["average_\(index)"] = tensor(average) }
        try writer.write(tensors, to: path)
    }

    private func tensor(_ values: [Float]) -> SafetensorsWriter.Tensor { .init(shape: [values.count], floats: values) }

    /// Reads the state back; nil where none was saved yet.
    /// - Parameter settings: of the run, which has so many steps of so many images.
    /// - Throws: `CheckpointError` for a file that is damaged or of another network, `TrainingError` for one of other
    ///   settings.
    func read(of settings: TrainingSettings) throws -> TrainingState? {
        guard isFolder(path) != nil else { return nil }
        let file = try SafetensorsFile(path: path)
        let metadata = file.metadata
        guard metadata["format"] == Self.format, let images = metadata["images"].flatMap({ Int($0) }), images >= 0,
            let steps = metadata["steps"].flatMap({ Int($0) }), steps >= 0
        else {
            throw CheckpointError(
                path: path, item: "__metadata__", expected: "a state of training, \(Self.format)",
                got: metadata["format"] ?? "no format")
        }
        guard metadata["settings"] == digest.hexadecimal else {
            throw TrainingError(
                path, expected: "a state of this train.json (\(digest.hexadecimal.prefix(12)))",
                got: "one of another (\(metadata["settings"]?.prefix(12) ?? "none"))",
                remedy: "begin another run in another folder")
        }
        guard steps <= settings.steps, images == steps * settings.batch else {
            throw CheckpointError(
                path: path, item: "__metadata__",
                expected: "at most \(settings.steps) steps of \(settings.batch) images each",
                got: "\(steps) steps, \(images) images")
        }
        func values(_ name: String) throws -> [Float] {
            guard file.entry(name)?.shape == [elements] else {
                throw CheckpointError(
                    path: path, item: name, expected: "shape [\(elements)], the network's parameters",
                    got: file.entry(name).map { "\($0.shape)" } ?? "no such tensor")
            }
            return try file.floats(name)
        }
        return TrainingState(
            images: images, steps: steps, weights: try values("weights"),
            moments: (try values("first_moments"), try values("second_moments")),
            averages: try (0..<averages).map { try values("average_\($0)") })
    }
}
