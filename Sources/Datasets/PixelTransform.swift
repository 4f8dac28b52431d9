import Images

/// From a picture as stored to the samples that a network takes: opacity, channels, size.
struct PixelTransform: Sendable {
    let shape: PixelShape
    let filter: ResizingFilter
    let fit: ResizingFit
    let colour: DatasetSettings.Colour

    /// Says all that the samples depend on beside the picture; the number is that of this code's rules.
    var fingerprint: String {
        "transform 1 \(shape.height)x\(shape.width)x\(shape.channels) \(filter) \(fit) \(colour)"
    }

    /// The picture in the network's shape and in its own depth.
    /// - Throws: `DatasetError` for a picture that is partly transparent, or coloured where grey is asked for.
    func apply(_ picture: PixelImage, name: String) throws(DatasetError) -> PixelImage {
        guard picture.isOpaque else {
            throw DatasetError(path: name, expected: "an opaque picture", got: "one that is transparent in places")
        }
        let opaque = picture.droppingAlpha()
        do {
            return try inChannels(opaque, name).fitted(
                height: shape.height, width: shape.width, fit: fit, filter: filter)
        } catch let error as ImageError {
            throw DatasetError(path: name, item: error.what, expected: error.expected, got: error.got)
        } catch let error as DatasetError {
            throw error
        } catch { throw DatasetError(path: name, expected: "a picture", got: "\(error)") }
    }

    private func inChannels(_ picture: PixelImage, _ name: String) throws -> PixelImage {
        if picture.channels == shape.channels { return picture }
        if shape.channels == 3 { return picture.inColour() }
        if let grey = picture.inGrey() { return grey }
        guard colour == .grey else {
            let place = picture.firstColouredPixel.map { "(\($0.x), \($0.y))" } ?? ""
            throw DatasetError(
                path: name, expected: "a grey picture for a network of one channel", got: "colours, as at \(place)",
                remedy: "\"colour\": \"grey\" makes them grey; a network of three channels takes them as they are")
        }
        return try picture.luma()
    }
}
