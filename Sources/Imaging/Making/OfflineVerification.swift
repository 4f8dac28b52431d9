import Diffusion
import FoundationEssentials
import Tensors

/// Verification without the service: the recipe of a file, run again and compared.
public struct OfflineVerification {
    private let file: SyntheticFile
    private let model: ServedModel
    private let inputs: RestorationInputs?

    /// - Parameters:
    ///   - file: path of a PNG or DICOM file that was made here.
    ///   - model: path of the model folder; nil looks for it in the folder `Models`.
    ///   - image: path of the picture that an inpainting or a super-resolution began with.
    ///   - mask: path of the mask of an inpainting.
    /// - Throws: what reading the files and loading the model throws, or `RequestRefusal` for what does not belong together.
    public init(file path: String, model folder: String?, image: String?, mask: String?) throws {
        do throws(SyntheticFile.Refusal) {
            file = try SyntheticFile(try Self.bytes(path), pixels: Self.pixels)
        } catch {
            throw RequestRefusal(.invalid, "\(path): \(error).")
        }
        let recipe = file.recipe
        model = try Self.model(of: recipe, folder: folder, file: path)
        inputs = try Self.inputs(of: recipe, model: model.facts, image: image, mask: mask)
    }

    /// Makes the image again.
    /// - Parameters:
    ///   - threads: nil takes every core.
    ///   - progress: called after each evaluation with the evaluations done and those of the whole run.
    /// - Throws: what computing throws.
    public func run(threads: Int?, progress: (_ done: Int, _ total: Int) -> Void) throws -> Comparison {
        let plan = try PlannedRun(file.recipe, model: model.facts, inputs: inputs)
        let recipe = plan.series.first
        let threads = threads ?? MachineResources.current.cores
        try EvaluationMemory.check(
            model.network, rows: plan.rows, height: recipe.height, width: recipe.width, threads: threads)
        let denoiser = Denoiser(NetworkPredictor(network: model.network, compute: Compute(threads: threads)))
        var trajectories = [try Trajectory(recipe: recipe, inputs: inputs)]
        while !trajectories[0].finished {
            try denoiser.step(&trajectories)
            progress(trajectories[0].progress.done, plan.evaluations)
        }
        return try file.compare(withMade: SyntheticImage.encode(trajectories[0], valueRange: model.facts.valueRange).bytes)
    }

    private static let pixels = Recipe.maximumCount

    /// The model whose weights the recipe names.
    private static func model(of recipe: Recipe, folder: String?, file: String) throws -> ServedModel {
        let folders = try folder.map { [$0] } ?? found()
        var others: [String] = []
        for folder in folders {
            let model: ServedModel
            do {
                model = try ServedModel.load(path: folder)
            } catch {
                throw ModelLoadingError(path: folder, reason: "\(error)")
            }
            let weights = model.facts.generation.weightsSHA256
            if weights == recipe.weightsSHA256 { return model }
            others.append("\(folder) (\(weights))")
        }
        let known = others.isEmpty ? "there is no folder Models to look in" : "not those of \(others.joined(separator: ", "))"
        throw RequestRefusal(.invalid, "\(file) was made by a model of the weights \(recipe.weightsSHA256): \(known). Name its folder with --model.")
    }

    /// Model folders in `Models`.
    private static func found() throws -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "Models")) ?? []
        return names.sorted().map { "Models/\($0)" }.filter { FileManager.default.fileExists(atPath: "\($0)/unet/config.json") }
    }

    private static func bytes(_ path: String) throws(SyntheticFile.Refusal) -> [UInt8] {
        do {
            return [UInt8](try Data(contentsOf: URL(filePath: path)))
        } catch {
            throw SyntheticFile.Refusal(description: "cannot be read")
        }
    }

    private static func inputs(of recipe: Recipe, model: ModelFacts, image: String?, mask: String?) throws -> RestorationInputs? {
        guard let restoration = recipe.restoration else {
            guard image == nil, mask == nil else { throw RequestRefusal(.invalid, "The file was made from noise alone, without --image and --mask.") }
            return nil
        }
        guard let image else { throw RequestRefusal(.invalid, "The file was made from another image: give it as --image.") }
        guard (mask == nil) == (restoration.maskSHA256 == nil) else {
            throw RequestRefusal(.invalid, mask == nil ? "The file was made with a mask: give it as --mask." : "The file was made without a mask.")
        }
        func read(
            _ option: String, _ path: String, channels: PictureReader.Channels, sha256: String, meant: (InputImage) -> InputImage? = { _ in nil }
        ) throws -> InputImage {
            let picture: InputImage
            do {
                picture = try PictureReader(pixels: pixels).read(try bytes(path), channels: channels)
            } catch {
                throw RequestRefusal(.invalid, "\(option) \(path): \(error).")
            }
            // Recipes of earlier versions name a mask as it was given, later ones as it was meant.
            if picture.sha256 != sha256, let other = meant(picture), other.sha256 == sha256 { return other }
            guard picture.sha256 == sha256 else {
                throw RequestRefusal(
                    .invalid, "\(option) \(path) has other pixels than the file was made from: expected the SHA-256 \(sha256), got \(picture.sha256).")
            }
            return picture
        }
        let isEnlarged = recipe.kind == .superResolution && restoration.concatenation == nil
        return RestorationInputs(
            image: try read(
                "--image", image, channels: isEnlarged ? .greyOr(recipe.channels) : .exactly(recipe.channels), sha256: restoration.imageSHA256),
            mask: try mask.map { path in
                try read("--mask", path, channels: .mask, sha256: restoration.maskSHA256 ?? "") { (try? FillMask($0))?.image }
            })
    }
}
