import Bytes
import Diffusion
import Images
import Jobs

extension JobInput {
    /// Pixels alone are kept, not the file they came in: what else stood in it, such as a patient's name, goes no
    /// further.
    /// - Parameter digest: `PixelImage.digest` of the image.
    init(name: String, _ image: PixelImage, digest: Digest) {
        self.init(
            name: name, digest: digest.hexadecimal, mediaType: "application/x-phantom-pixels", bytes: image.storedBytes)
    }

    /// The pixels that are kept.
    /// - Throws: `InvalidSetting` if these are no pixels.
    var image: PixelImage {
        get throws(InvalidSetting) {
            do throws(ImageError) {
                return try PixelImage(storedBytes: bytes)
            } catch {
                throw InvalidSetting(error.what, expected: error.expected, got: error.got)
            }
        }
    }
}

extension RestorationInputs {
    /// What a job keeps of them.
    var jobInputs: [JobInput] {
        let image = JobInput(name: "image", image, digest: imageDigest)
        guard let mask, let maskDigest else { return [image] }
        return [image, JobInput(name: "mask", mask, digest: maskDigest)]
    }

    /// What a job works on; nil if there is no image among it.
    /// - Throws: `InvalidSetting` if something in it is no picture.
    init?(_ inputs: [JobInput]) throws(InvalidSetting) {
        guard let image = inputs.first(where: { $0.name == "image" }) else { return nil }
        let mask = inputs.first { $0.name == "mask" }
        self.init(image: try image.image, mask: try mask?.image)
    }
}
