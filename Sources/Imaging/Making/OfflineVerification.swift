import Bytes
import Diffusion
import FoundationEssentials
import Images
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
    /// - Throws: what reading the files and loading the model throws, or `RequestRefusal` for what does not belong
    ///   together.
    public init(file path: String, model folder: String?, image: String?, mask: String?) throws {
        do throws(SyntheticFile.Refusal) {
            file = try SyntheticFile(try Self.bytes(path), pixels: Self.pixels)
        } catch {
            throw RequestRefusal(.invalid, "\(path): \(error).")
        }
        let recipe = file.recipe
        model = try Self.model(of: recipe, folder: folder, file: path)
        inputs = try Self.inputs(of: recipe, image: image, mask: mask)
    }

    /// Makes the image again.
    /// - Parameters:
    ///   - threads: nil takes every core.
    ///   - progress: called after each evaluation with the evaluations done and those of the whole run.
    /// - Throws: what computing throws.
    public func run(threads: Int?, progress: (_ done: Int, _ total: Int) -> Void) throws -> Comparison {
        let recipe = file.recipe
        try model.facts.check(recipe)
        let run = try Run(recipe, inputs: inputs)
        let threads = threads ?? MachineResources.current.cores
        try EvaluationMemory.check(
            model.network, rows: run.work.rowsPerEvaluation, height: recipe.height, width: recipe.width,
            threads: threads)
        let denoiser = TrajectoryStepper(NetworkPredictor(network: model.network, compute: Compute(threads: threads)))
        var trajectories = [Trajectory(run, seed: recipe.seed)]
        while !trajectories[0].finished {
            try denoiser.step(&trajectories)
            progress(trajectories[0].progress.done, run.work.evaluations)
        }
        return try file.compare(
            withMade: SyntheticImage.encode(trajectories[0], valueRange: model.facts.valueRange).bytes)
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
        let known =
            others.isEmpty ? "there is no folder Models to look in" : "not those of \(others.joined(separator: ", "))"
        throw RequestRefusal(
            .invalid,
            """
            \(file) was made by a model of the weights \(recipe.weightsSHA256): \(known). Name its folder with \
            --model.
            """
        )
    }

    /// Model folders in `Models`.
    private static func found() throws -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "Models")) ?? []
        return names.sorted().map { "Models/\($0)" }.filter {
            FileManager.default.fileExists(atPath: "\($0)/unet/config.json")
        }
    }

    private static func bytes(_ path: String) throws(SyntheticFile.Refusal) -> [UInt8] {
        do {
            return [UInt8](try Data(contentsOf: URL(filePath: path)))
        } catch {
            throw SyntheticFile.Refusal(description: PictureError.unreadable(path).detail)
        }
    }

    private static func inputs(of recipe: Recipe, image: String?, mask: String?) throws -> RestorationInputs? {
        guard let restoration = recipe.restoration else {
            guard image == nil, mask == nil else {
                throw RequestRefusal(.invalid, "The file was made from noise alone, without --image and --mask.")
            }
            return nil
        }
        guard let image else {
            throw RequestRefusal(.invalid, "The file was made from another image: give it as --image.")
        }
        guard (mask == nil) == (restoration.maskDigest == nil) else {
            throw RequestRefusal(
                .invalid,
                mask == nil ? "The file was made with a mask: give it as --mask." : "The file was made without a mask.")
        }
        let channels = PictureReader.Channels.image(
            of: recipe.kind, channels: recipe.channels, concatenation: restoration.concatenation)
        let given = try picture(image, option: "--image", channels: channels, digest: restoration.imageDigest)
        guard let mask, let maskDigest = restoration.maskDigest else { return RestorationInputs(image: given) }
        // Recipes of earlier versions name a mask as it was given, later ones as it was meant.
        return RestorationInputs(
            image: given,
            mask: try picture(mask, option: "--mask", channels: .mask, digest: maskDigest) {
                (try? FillMask($0))?.image
            })
    }

    /// The picture in a file, or what was meant by it, whichever has the digest.
    private static func picture(
        _ path: String, option: String, channels: PictureReader.Channels, digest: Digest,
        meant: (PixelImage) -> PixelImage? = { _ in nil }
    ) throws -> PixelImage {
        let picture: PixelImage
        do {
            picture = try PictureReader(pixels: pixels).read(try bytes(path), channels: channels)
        } catch {
            throw RequestRefusal(.invalid, "\(option) \(path): \(error).")
        }
        let found = picture.digest
        if found == digest { return picture }
        if let other = meant(picture), other.digest == digest { return other }
        throw RequestRefusal(
            .invalid,
            """
            \(option) \(path) has other pixels than the file was made from: expected the SHA-256 \(digest), got \
            \(found).
            """
        )
    }
}
