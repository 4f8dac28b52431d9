import Bytes
import Checkpoints
import Diffusion
import FoundationEssentials
import Images
import JSON
import Tensors

/// What files of images are written as.
public enum ImageFormat: String, Sendable, CaseIterable {
    case png
    /// DICOM Secondary Capture.
    case dicom = "dcm"

    /// - Throws: `RequestRefusal` for a side that no such file has.
    public func check(side: Int) throws(RequestRefusal) {
        guard self == .png || side <= DICOMEncoder.maximumSide else {
            throw RequestRefusal(
                .invalid,
                """
                --format: expected png, as sides of DICOM are at most \(DICOMEncoder.maximumSide) pixels, got dcm \
                and \(side).
                """
            )
        }
    }
}

/// Generation, inpainting and super-resolution without the service: the same requests, recipes and trajectories in a
/// plain loop, into a folder.
public struct OfflineGeneration {
    private let model: ServedModel
    private let request: GenerationRequest
    private let planned: PlannedSeries
    private let run: Run
    private let compute: Compute
    private let imagesTogether: Int
    private let format: ImageFormat

    /// What was assumed of the request, for people.
    public var notes: [String] { request.restoration?.maskNote.map { [$0] } ?? [] }

    /// - Parameters:
    ///   - model: path of a model folder.
    ///   - task: a request as the service takes it.
    ///   - threads: nil takes every core.
    ///   - batch: rows of one network evaluation at most; fewer where the machine has not the memory.
    ///   - format: of the files.
    /// - Throws: what loading the model throws, `PictureError`, or `RequestRefusal` with every fault of the request.
    public init(model path: String, task: OfflineTask, threads: Int?, batch: Int, format: ImageFormat = .png) throws {
        let model: ServedModel
        do {
            model = try ServedModel.load(path: path)
        } catch {
            throw ModelLoadingError(path: path, reason: "\(error)")
        }
        try self.init(model, task: task, threads: threads, batch: batch, format: format)
    }

    /// The same for a model that is loaded.
    /// - Throws: `PictureError`, or `RequestRefusal` with every fault of the request.
    public init(_ model: ServedModel, task: OfflineTask, threads: Int?, batch: Int, format: ImageFormat = .png) throws {
        (self.model, self.format) = (model, format)
        let threads = threads ?? MachineResources.current.cores
        let validator = GenerationValidator(
            models: [model.facts],
            limits: .largest(memoryBytes: MachineResources.current.memory),
            memory: { _, rows, width, height in
                model.weightBytes + model.memory(rows: rows, width: width, height: height, threads: threads)
            })
        var task = task
        let inputs = try task.inputs(for: model.facts, pixels: validator.limits.pixels)
        do throws(RequestRefusal) {
            let plan = try validator.validate(.object(task.body), kind: task.kind, inputs: inputs)
            (request, planned) = (plan.request, plan.planned)
        } catch {
            throw error.namingOptions
        }
        try format.check(side: max(request.width, request.height))
        run = try planned.run()
        compute = Compute(threads: threads)
        let together = model.rowsTogether(
            maxBatch: batch, width: request.width, height: request.height, threads: threads,
            budget: MachineResources.current.memory - model.weightBytes)
        imagesTogether = max(1, together / run.work.rowsPerEvaluation)
    }

    /// Images of an earlier command in a folder, which stay beside those of this one: it makes fewer of them, or files
    /// of another format. Its `manifest.csv` does not name them.
    public func imagesThatStay(in folder: String) -> [String] {
        let made = Set((0..<planned.series.count).map { ImageFileName.name($0, format) })
        return names(in: folder).filter { ImageFileName.isOne($0) && !made.contains($0) }
    }

    /// Makes the images: `00000.png` (or `.dcm`), ... and `manifest.csv` with the columns file, seed, labels, sha256.
    /// Of a restoration also `consistency.json`, how far each image agrees with the given one, and of several images
    /// `deviation.png` (`DeviationMap`).
    /// - Parameter progress: called after each evaluation with the evaluations done and those of the whole run (a
    ///   sampler that chooses its steps says how far it has come instead).
    /// - Throws: what computing or writing throws; images that are written by then stay.
    public func run(into folder: String, progress: (_ done: Int, _ total: Int) -> Void) throws {
        try makeFolders(folder)
        // What an earlier command said of its own images would be taken for something about these.
        for name in ["manifest.csv", ConsistencyFile.name, ConsistencyFile.deviationName] {
            try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        }
        var files: [Int: (name: String, sha256: String)] = [:]
        var consistency = ConsistencyFile()
        let seeds = (0..<planned.series.count).map { planned.series.seed(of: $0) }
        try make(seeds: seeds, progress: progress) { index, trajectory in
            files[index] = try write(trajectory, index: index, into: folder, &consistency)
        }
        try writeWholeFile(manifest(files), to: "\(folder)/manifest.csv")
        if let report = consistency.json {
            try writeWholeFile(report.serialized() + [0x0A], to: "\(folder)/\(ConsistencyFile.name)")
        }
        if let map = try consistency.deviationPNG() {
            try writeWholeFile(map.bytes, to: "\(folder)/\(ConsistencyFile.deviationName)")
        }
    }

    /// Makes the images of `seeds`, whatever seed and count the task has, as many at a time as are computed together.
    /// - Parameters:
    ///   - progress: as `run(into:progress:)` has it.
    ///   - finished: takes each image as it is ready: its place in `seeds`, and the finished trajectory. What it throws
    ///     ends the run.
    func make(
        seeds: [UInt64], progress: (_ done: Int, _ total: Int) -> Void,
        finished: (_ place: Int, _ trajectory: Trajectory) throws -> Void
    ) throws {
        let denoiser = TrajectoryStepper(NetworkPredictor(network: model.network, compute: compute))
        var active: [(place: Int, trajectory: Trajectory)] = []
        var (next, ready) = (0, 0)
        let evaluations = run.work.evaluations
        while ready < seeds.count {
            while active.count < imagesTogether, next < seeds.count {
                active.append((next, Trajectory(run, seed: seeds[next])))
                next += 1
            }
            var trajectories = active.map(\.trajectory)
            try denoiser.step(&trajectories)
            for (index, trajectory) in trajectories.enumerated() { active[index].trajectory = trajectory }
            for (place, trajectory) in active where trajectory.finished {
                try finished(place, trajectory)
                ready += 1
            }
            active.removeAll { $0.trajectory.finished }
            let done = ready * evaluations + active.reduce(0) { $0 + $1.trajectory.progress.done }
            progress(done, seeds.count * evaluations)
        }
    }

    /// Makes the images of `seeds` as `make(seeds:progress:finished:)` does.
    /// - Parameter finished: takes the picture of each, and its recipe, from which `SyntheticImage` makes a file.
    /// - Throws: what computing or `finished` throws; `InvalidSetting` for a network whose outputs are no numbers.
    public func pictures(
        seeds: [UInt64], progress: (_ done: Int, _ total: Int) -> Void,
        finished: (_ place: Int, _ picture: PixelImage, _ recipe: Recipe) throws -> Void
    ) throws {
        let range = model.facts.valueRange
        try make(seeds: seeds, progress: progress) { place, trajectory in
            try finished(place, SyntheticImage.picture(of: trajectory, valueRange: range), trajectory.recipe)
        }
    }

    private func write(_ trajectory: Trajectory, index: Int, into folder: String, _ consistency: inout ConsistencyFile)
        throws -> (
            name: String, sha256: String
        )
    {
        let name = ImageFileName.name(index, format)
        let picture = try SyntheticImage.picture(of: trajectory, valueRange: model.facts.valueRange)
        if let report = try trajectory.consistency(of: picture.samples) {
            try consistency.add(picture, index: index, file: name, report: report)
        }
        let png = try SyntheticImage.encode(picture, recipe: trajectory.recipe)
        guard format == .dicom else {
            try writeWholeFile(png.bytes, to: "\(folder)/\(name)")
            return (name, png.sha256)
        }
        let dicom = try SyntheticImage.dicom(png.bytes)
        try writeWholeFile(dicom, to: "\(folder)/\(name)")
        return (name, Digest(of: dicom).hexadecimal)
    }

    /// RFC 4180.
    private func manifest(_ files: [Int: (name: String, sha256: String)]) -> [UInt8] {
        let labels = request.condition.choices.map { "\($0.attribute)=\($0.values.joined(separator: "|"))" }
            .joined(separator: ";")
        let quoted = CSVField.quoted(labels)
        var text = "file,seed,labels,sha256\r\n"
        for index in 0..<planned.series.count {
            guard let file = files[index] else { continue }
            text += "\(file.name),\(planned.series.seed(of: index)),\(quoted),\(file.sha256)\r\n"
        }
        return Array(text.utf8)
    }
}
