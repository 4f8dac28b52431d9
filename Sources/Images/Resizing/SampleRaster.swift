/// Samples on their way from one size to another: rows of pixels of interleaved channels.
struct SampleRaster {
    enum Axis {
        /// Rows get another number of pixels.
        case rows
        /// Columns do.
        case columns
    }

    let samples: [UInt16]
    let height: Int
    let width: Int
    let channels: Int

    /// The raster with one axis made anew.
    func resampled(_ taps: ResizingTaps, along axis: Axis, bitDepth: Int) -> SampleRaster {
        let target = taps.starts.count
        let (newHeight, newWidth) = axis == .rows ? (height, target) : (target, width)
        // Samples between two taps, and of a line of results that share their taps.
        let step = axis == .rows ? channels : width * channels
        var output = [UInt16](repeating: 0, count: newHeight * newWidth * channels)
        let fixed = bitDepth == 8 ? taps.fixed : []
        for index in 0..<target {
            let start = taps.starts[index], weights = index * taps.width..<index * taps.width + taps.counts[index]
            let lines = axis == .rows ? height : 1, span = axis == .rows ? channels : width * channels
            for line in 0..<lines {
                let source = axis == .rows ? (line * width + start) * channels : start * width * channels
                let result = axis == .rows ? (line * newWidth + index) * channels : index * width * channels
                for place in 0..<span {
                    output[result + place] =
                        bitDepth == 8
                        ? byte(fixed[weights], from: source + place, step: step)
                        : word(taps.weights[weights], from: source + place, step: step)
                }
            }
        }
        return SampleRaster(samples: output, height: newHeight, width: newWidth, channels: channels)
    }

    @inline(__always)
    private func byte(_ weights: ArraySlice<Int32>, from source: Int, step: Int) -> UInt16 {
        var sum = 1 << (ResizingTaps.fractionBits - 1), place = source
        for weight in weights {
            sum += Int(weight) * Int(samples[place])
            place += step
        }
        return UInt16(min(max(sum >> ResizingTaps.fractionBits, 0), 255))
    }

    @inline(__always)
    private func word(_ weights: ArraySlice<Double>, from source: Int, step: Int) -> UInt16 {
        var sum = 0.0, place = source
        for weight in weights {
            sum += weight * Double(samples[place])
            place += step
        }
        return UInt16(min(max(sum, 0), 65535).rounded(.toNearestOrAwayFromZero))
    }
}
