import Images
import JSON
import Numbers

/// loss.png: above the loss by images seen, on a logarithmic scale; below the bits per dimension of training and
/// held-out images, which part where the network begins to copy.
struct LossPlot {
    private let loss: [Point], training: [Point], heldOut: [Point]

    private typealias Point = (x: Double, y: Double)

    private static let width = 720, height = 520, margin = 70
    private static let grey: PlotCanvas.Colour = (150, 150, 150), black: PlotCanvas.Colour = (20, 20, 20)
    private static let blue: PlotCanvas.Colour = (31, 119, 180), orange: PlotCanvas.Colour = (230, 110, 10)

    /// - Parameter history: the lines of metrics.jsonl.
    init(_ history: [JSONObject]) {
        func points(_ key: String) -> [Point] {
            history.compactMap { object in
                guard let x = object["images"]?.number?.double, let y = object[key]?.number?.double, y.isFinite else {
                    return nil
                }
                return (x, y)
            }
        }
        loss = points("loss").compactMap { $0.y > 0 ? ($0.x, ElementaryFunctions.log($0.y) / Self.logarithmOf10) : nil }
        training = points("validation_training_bits")
        heldOut = points("validation_held_out_bits")
    }

    private static let logarithmOf10 = ElementaryFunctions.log(10.0)

    func picture() throws(ImageError) -> PixelImage {
        var canvas = PlotCanvas(width: Self.width, height: Self.height)
        let last = (loss + training + heldOut).reduce(1) { max($0, $1.x) }
        draw(&canvas, 20..<240, last, [(loss, Self.grey), (Self.smoothed(loss), Self.blue)]) {
            Self.rounded(ElementaryFunctions.exp($0 * Self.logarithmOf10))
        }
        canvas.write("loss", x: Self.margin + 8, y: 24, Self.blue)
        draw(&canvas, 275..<485, last, [(training, Self.blue), (heldOut, Self.orange)], label: Self.rounded)
        canvas.write("bits training", x: Self.margin + 8, y: 279, Self.blue)
        canvas.write("bits held-out", x: Self.margin + 130, y: 279, Self.orange)
        canvas.write("0", x: Self.margin, y: 500, Self.black)
        canvas.write("images \(Int(last))", x: Self.width - 190, y: 500, Self.black)
        return try canvas.picture()
    }

    /// Curves within rows of pixels, and the range of their values on the left.
    private func draw(
        _ canvas: inout PlotCanvas, _ rows: Range<Int>, _ last: Double, _ curves: [([Point], PlotCanvas.Colour)],
        label: (Double) -> String
    ) {
        let (left, right) = (Double(Self.margin), Double(Self.width - 15))
        let (top, bottom) = (Double(rows.lowerBound), Double(rows.upperBound))
        canvas.line((left, top), (left, bottom), Self.black)
        canvas.line((left, bottom), (right, bottom), Self.black)
        let values = curves.flatMap { $0.0.map(\.y) }
        // Curves that reach further than numbers do have no place in it.
        guard let low = values.min(), let high = values.max(), (high - low).isFinite else { return }
        let span = max(high - low, 1e-9)
        func place(_ point: Point) -> Point {
            (left + point.x / last * (right - left), bottom - (point.y - low) / span * (bottom - top))
        }
        for (points, colour) in curves {
            let places = points.map(place)
            for (one, next) in zip(places, places.dropFirst()) { canvas.line(one, next, colour) }
            if let only = places.first, places.count == 1 { canvas.line(only, (only.x + 3, only.y), colour) }
        }
        canvas.write(label(high), x: 4, y: rows.lowerBound, Self.black)
        canvas.write(label(low), x: 4, y: rows.upperBound - 10, Self.black)
    }

    /// The mean over about a fiftieth of the points on both sides.
    private static func smoothed(_ points: [Point]) -> [Point] {
        let reach = points.count / 50
        return points.indices.map { i in
            let near = points[max(0, i - reach)...min(points.count - 1, i + reach)]
            return (points[i].x, near.reduce(0) { $0 + $1.y } / Double(near.count))
        }
    }

    /// Up to seven characters.
    private static func rounded(_ value: Double) -> String {
        let digits = value.magnitude >= 1000 ? 0 : value.magnitude >= 10 ? 1 : 4
        let scale = [1.0, 10, 100, 1000, 10000][digits]
        let text = "\((value * scale).rounded() / scale)"
        return String(text.prefix(7))
    }
}
