/// A part of a picture, in pixels from its upper left corner; it may begin and end within pixels.
public struct PixelBox: Equatable, Sendable {
    public let x: ClosedRange<Double>
    public let y: ClosedRange<Double>

    public init(x: ClosedRange<Double>, y: ClosedRange<Double>) {
        (self.x, self.y) = (x, y)
    }
}

/// How a picture of one shape becomes one of another.
public enum ResizingFit: String, CaseIterable, Sendable {
    /// The largest middle part of the new shape; what stands beside it is lost.
    case crop
    /// The whole picture, with black beside it.
    case pad
    /// The whole picture, its shape not kept.
    case stretch
}

extension PixelImage {
    /// Sides of resized pictures, in pixels.
    public static let resizedSides = 1...8192

    /// The picture in another size, as Pillow's `Image.resize` makes it: along the rows and along the columns, both
    /// times rounded to whole samples and clipped. 8 bits are reckoned in fixed point, 16 bits in double precision.
    /// - Parameters:
    ///   - height: 1 ... 8192 pixels, and `width` likewise.
    ///   - box: the part that is shown; nil is all of it.
    /// - Throws: `ImageError` of kind `.invalidValue` for sizes beyond that or a box beyond the picture, or for a
    ///   picture with opacity, whose colours would have to be weighted by it.
    public func resized(height: Int, width: Int, filter: ResizingFilter, box: PixelBox? = nil) throws(ImageError)
        -> PixelImage
    {
        for (name, side) in [("new height", height), ("new width", width)] where !Self.resizedSides.contains(side) {
            throw ImageError(.invalidValue, name, expected: "1 ... 8192 pixels", got: "\(side)")
        }
        guard !hasAlpha else {
            throw ImageError(.invalidValue, "picture to resize", expected: "no opacity", got: "\(channels) channels")
        }
        let all = PixelBox(x: 0...Double(self.width), y: 0...Double(self.height))
        let part = box ?? all
        guard part.x.lowerBound >= 0, part.x.upperBound <= all.x.upperBound, part.y.lowerBound >= 0,
            part.y.upperBound <= all.y.upperBound, part.x.lowerBound < part.x.upperBound,
            part.y.lowerBound < part.y.upperBound
        else {
            throw ImageError(
                .invalidValue, "part to resize", expected: "one within \(self.width)x\(self.height)",
                got: "x \(part.x), y \(part.y)")
        }
        var raster = SampleRaster(samples: samples, height: self.height, width: self.width, channels: channels)
        for axis in Self.passes(from: (self.height, self.width), to: (height, width)) {
            switch axis {
            case .rows where width != self.width || part.x != all.x:
                let taps = ResizingTaps(size: self.width, part: part.x, target: width, filter: filter)
                raster = raster.resampled(taps, along: .rows, bitDepth: bitDepth)
            case .columns where height != self.height || part.y != all.y:
                let taps = ResizingTaps(size: self.height, part: part.y, target: height, filter: filter)
                raster = raster.resampled(taps, along: .columns, bitDepth: bitDepth)
            default: break
            }
        }
        return try PixelImage(
            width: width, height: height, channels: channels, bitDepth: bitDepth, samples: raster.samples)
    }

    /// Which axis is made anew first: what is clipped between the passes depends on it. Columns are where the height
    /// shrinks, and by more than twice as many pixels as the width, as in Pillow from version 13 on (its pull request
    /// 9549; earlier ones always begin with the rows).
    private static func passes(from old: (height: Int, width: Int), to new: (height: Int, width: Int)) -> [SampleRaster
        .Axis]
    {
        let lost = (height: old.height - new.height, width: old.width - new.width)
        return lost.height > 0 && lost.height > 2 * lost.width ? [.columns, .rows] : [.rows, .columns]
    }

    /// The picture in another shape.
    /// - Throws: as `resized(height:width:filter:box:)`.
    public func fitted(height: Int, width: Int, fit: ResizingFit, filter: ResizingFilter) throws(ImageError)
        -> PixelImage
    {
        let (oldHeight, oldWidth) = (Double(self.height), Double(self.width))
        // Of the new picture's pixels, in pixels of this one.
        let scales = [oldHeight / Double(max(height, 1)), oldWidth / Double(max(width, 1))]
        guard scales[0] != scales[1] else { return try resized(height: height, width: width, filter: filter) }
        switch fit {
        case .stretch: return try resized(height: height, width: width, filter: filter)
        case .crop:
            let scale = min(scales[0], scales[1])
            let (part, across) = (min(oldHeight, Double(height) * scale), min(oldWidth, Double(width) * scale))
            let (top, left) = ((oldHeight - part) / 2, (oldWidth - across) / 2)
            let box = PixelBox(x: left...min(left + across, oldWidth), y: top...min(top + part, oldHeight))
            return try resized(height: height, width: width, filter: filter, box: box)
        case .pad:
            let scale = max(scales[0], scales[1])
            let inner = [oldHeight, oldWidth].map { max(1, Int(($0 / scale).rounded())) }
            let picture = try resized(
                height: min(inner[0], height), width: min(inner[1], width), filter: filter)
            return try picture.centred(height: height, width: width)
        }
    }

    /// The picture in the middle of a black one that is no smaller.
    private func centred(height: Int, width: Int) throws(ImageError) -> PixelImage {
        var target = [UInt16](repeating: 0, count: height * width * channels)
        let (top, left) = ((height - self.height) / 2, (width - self.width) / 2)
        for row in 0..<self.height {
            let from = row * self.width * channels, to = ((top + row) * width + left) * channels
            for place in 0..<self.width * channels { target[to + place] = samples[from + place] }
        }
        return try PixelImage(width: width, height: height, channels: channels, bitDepth: bitDepth, samples: target)
    }
}
