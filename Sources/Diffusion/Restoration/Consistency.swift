import JSON

/// How far a restored image agrees with what it was made from: what is measured in it, as against what is invented.
///
/// All numbers are grey levels of 8 bits, 1/255 of the range from black to white, whatever the depth of the images.
public struct Consistency: Sendable, Equatable {
    /// |A x - y|: in super-resolution of each pixel of the low-resolution image, in inpainting of each pixel that is
    /// wholly kept.
    public struct Deviation: Sendable, Equatable {
        public var maximum: Double
        public var mean: Double

        init(_ differences: some Sequence<Double>) {
            var (maximum, sum, count) = (0.0, 0.0, 0)
            for difference in differences {
                maximum = max(maximum, difference)
                sum += difference
                count += 1
            }
            self.maximum = maximum
            mean = count > 0 ? sum / Double(count) : 0
        }

        public init(maximum: Double, mean: Double) {
            (self.maximum, self.mean) = (maximum, mean)
        }

        public var json: JSONValue { ["max": .double(maximum), "mean": .double(mean)] }
    }

    /// The deviation of the image as computed.
    public var computed: Deviation
    /// The deviation of the image as written, in whole grey levels.
    public var quantised: Deviation
    /// The largest change of a pixel that is wholly kept, in the image as written: 0. Nil in super-resolution.
    public var outsideChange: Double?

    public var json: JSONObject {
        var object: JSONObject = ["computed": computed.json, "quantised": quantised.json]
        object["outside_change"] = outsideChange.map { .double($0) }
        return object
    }
}

extension Trajectory {
    /// The report on a finished restoration; nil for a generation.
    ///
    /// - Parameter samples: the image as written: `recipe.count` whole numbers of `recipe.bitDepth` bits, row by row,
    ///   channels next to each other.
    /// - Throws: `InvalidSetting` if the run is not finished, its numbers are not finite, or `samples` has another
    ///   count.
    public func consistency(of samples: [UInt16]) throws(InvalidSetting) -> Consistency? {
        guard let measurement = run.measurement, let restoration = recipe.restoration else { return nil }
        let image = try image()
        guard samples.count == recipe.count else {
            throw InvalidSetting("samples", expected: "\(recipe.count)", got: "\(samples.count)")
        }
        let area = recipe.width * recipe.height
        let (low, span) = (
            restoration.valueRange.lowerBound, restoration.valueRange.upperBound - restoration.valueRange.lowerBound
        )
        let keep = run.inputs?.keep
        let top: Double = recipe.bitDepth == 8 ? 255 : 65535
        var written = [Float](repeating: 0, count: image.count)
        for channel in 0..<recipe.channels {
            for pixel in 0..<area {
                written[channel * area + pixel] = Float(
                    low + span / top * Double(samples[pixel * recipe.channels + channel]))
            }
        }
        func deviation(_ image: [Float]) -> Consistency.Deviation {
            let seen = measurement.system.measure(image)
            return Consistency.Deviation(
                seen.indices.lazy.filter { place in keep.map { $0[place % $0.count] == 1 } ?? true }.map {
                    Double((seen[$0] - measurement.measured[$0]).magnitude) * 255 / span
                })
        }
        return Consistency(
            computed: deviation(image), quantised: deviation(written),
            outsideChange: keep.map { outsideChange(samples, keep: $0) })
    }

    /// In whole numbers, so that 0 means not one bit.
    private func outsideChange(_ samples: [UInt16], keep: [Float]) -> Double {
        guard let image = run.inputs?.image, image.samples.count == samples.count else { return .infinity }
        // 255 * 257 = 65535: both depths on the steps of 16 bits.
        let (ours, theirs) = (recipe.bitDepth == 8 ? 257 : 1, image.bitDepth == 8 ? 257 : 1)
        let changes = samples.indices.lazy.filter { keep[$0 / recipe.channels] == 1 }.map {
            abs(ours * Int(samples[$0]) - theirs * Int(image.samples[$0]))
        }
        return Double(changes.max() ?? 0) / 257
    }
}
