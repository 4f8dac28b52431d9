import Datasets

@testable import Training

/// A few images of 8 x 8 pixels, each a slope of its own; those of odd number bright, and labelled so.
struct TinyImages: TrainingImages {
    var count = 20
    let height = 8, width = 8, channels = 1
    var attributes = [DatasetAttribute(name: "brightness", values: ["dark", "bright"], multiple: false)]
    var digest = String(repeating: "ab", count: 32)
    /// The image that holds a NaN.
    var spoilt: Int?

    func labels(_ i: Int) -> DatasetLabels { DatasetLabels(attributes.map { _ in i == 0 ? [] : [i % 2] }) }

    func name(_ i: Int) -> String { "image-\(i).png" }

    func values(_ i: Int) -> [Float] {
        (0..<64).map { pixel in
            i == spoilt && pixel == 9 ? .nan : Float(pixel % 8) / 8 - 0.5 + (i % 2 == 1 ? 0.4 : -0.4) + Float(i) / 100
        }
    }
}
