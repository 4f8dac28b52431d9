import Checkpoints
import Diffusion
import Images
import JSON

/// A network that is shown a low-resolution image, enlarged, in further input channels: SR3 (Saharia et al. 2021).
public struct SuperResolutionSettings: Sendable, Equatable {
    /// 2, 4 or 8: each pixel of the low-resolution image is the mean of so many squared.
    public var scale: Int
    public var concatenation: Concatenation

    /// `{"scale", "order": "condition-first|image-first", "upsampling": "nearest|bilinear|bicubic"}`.
    init(_ cursor: JSONCursor) throws(JSONMismatch) {
        try cursor.refuseMembers(otherThan: ["scale", "order", "upsampling"])
        let scale = try cursor.required("scale")
        self.scale = try scale.int()
        guard [2, 4, 8].contains(self.scale) else { throw scale.mismatch(expected: "2, 4 or 8") }
        let orders = Concatenation.Order.allCases.map(\.rawValue), kinds = Upsampling.allCases.map(\.rawValue)
        let order = try cursor.member("order")?.string(oneOf: orders) ?? "condition-first"
        let kind = try cursor.member("upsampling")?.string(oneOf: kinds) ?? "bicubic"
        concatenation = Concatenation(
            order: .init(rawValue: order) ?? .conditionFirst, upsampling: .init(rawValue: kind) ?? .bicubic)
    }

    var json: JSONValue {
        [
            "scale": .integer(scale), "order": .string(concatenation.order.rawValue),
            "upsampling": .string(concatenation.upsampling.rawValue),
        ]
    }

    /// What `phantom.json` says of it.
    var manifest: ModelManifest.LowResolution {
        .init(
            order: .init(rawValue: concatenation.order.rawValue) ?? .conditionFirst,
            upsampling: .init(rawValue: concatenation.upsampling.rawValue) ?? .bicubic)
    }

    /// The low-resolution image, enlarged again: as many values as the image.
    /// - Parameter image: [channels, height, width], sides multiples of the scale.
    func condition(_ image: [Float], height: Int, width: Int) -> [Float] {
        let (rows, columns) = (height / scale, width / scale), planes = image.count / (height * width)
        var small = [Float](repeating: 0, count: planes * rows * columns)
        for plane in 0..<planes {
            for y in 0..<rows {
                for x in 0..<columns {
                    var sum = 0.0
                    for dy in 0..<scale {
                        let line = (plane * height + y * scale + dy) * width + x * scale
                        for dx in 0..<scale { sum += Double(image[line + dx]) }
                    }
                    small[(plane * rows + y) * columns + x] = Float(sum / Double(scale * scale))
                }
            }
        }
        return concatenation.upsampling.enlarge(small, width: columns, height: rows, scale: scale)
    }
}

extension TrainingSettings {
    /// What the network is given: the noised image, and beside it what it is to be enlarged from, where it is.
    /// - Parameters:
    ///   - sample: noised, [channels, height, width].
    ///   - image: clean.
    func input(_ sample: [Float], of image: [Float], height: Int, width: Int) -> [Float] {
        guard let superResolution else { return sample }
        return superResolution.concatenation.input(
            sample, condition: superResolution.condition(image, height: height, width: width))
    }
}
