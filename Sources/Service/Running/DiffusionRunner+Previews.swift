import Diffusion
import Imaging
import Images
import Jobs

extension WorkerPool<DiffusionRunner> {
    /// Longer side of a preview, pixels; larger images are made smaller.
    private static var previewSide: Int { 256 }

    /// The present estimate of the clean image of the job's first image on its way, eight bits deep; nil before its
    /// first evaluation, where the estimate is no picture, and where copies of training images are withheld: the last
    /// estimates are nearly the image that is looked at only when it is finished.
    func preview(of id: JobID) -> JobPreview? {
        guard let (image, present) = present(id), let estimate = present.trajectory.preview,
            present.plan.watch?.withholds != true
        else { return nil }
        guard
            let picture = try? SyntheticImage.picture(
                estimate, recipe: present.trajectory.recipe, valueRange: present.plan.model.facts.valueRange,
                bitDepth: 8),
            let small = try? Self.reduced(picture), let png = try? PNGEncoder.encode(small)
        else { return nil }
        return JobPreview(image: image, step: present.step, width: small.width, height: small.height, png: png.bytes)
    }

    private static func reduced(_ picture: PixelImage) throws -> PixelImage {
        let side = max(picture.width, picture.height)
        guard side > previewSide else { return picture }
        return try picture.resized(
            height: max(1, picture.height * previewSide / side), width: max(1, picture.width * previewSide / side),
            filter: .box)
    }
}
