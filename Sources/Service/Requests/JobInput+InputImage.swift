import Diffusion
import Jobs

extension JobInput {
    /// Pixels alone are kept, not the file they came in: what else stood in it, such as a patient's name, goes no further.
    init(name: String, _ image: InputImage) {
        self.init(name: name, digest: image.sha256, mediaType: "application/x-phantom-pixels", bytes: image.bytes)
    }

    /// - Throws: `InvalidSetting` if these are no pixels.
    var image: InputImage {
        get throws(InvalidSetting) { try InputImage(bytes: bytes) }
    }
}

extension RestorationInputs {
    /// What a job keeps of them.
    var jobInputs: [JobInput] {
        [JobInput(name: "image", image)] + (mask.map { [JobInput(name: "mask", $0)] } ?? [])
    }

    /// What a job works on; nil if there is no image among it.
    /// - Throws: `InvalidSetting` if something in it is no picture.
    init?(_ inputs: [JobInput]) throws(InvalidSetting) {
        guard let image = inputs.first(where: { $0.name == "image" }) else { return nil }
        let mask = inputs.first { $0.name == "mask" }
        self.init(image: try image.image, mask: try mask?.image)
    }
}
