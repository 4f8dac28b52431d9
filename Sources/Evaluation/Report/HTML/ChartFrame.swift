/// Axes of a chart, and where values lie in it.
struct ChartFrame {
    let x: ClosedRange<Double>
    let y: ClosedRange<Double>

    /// In units of the drawing.
    static let width = 640, height = 320
    static let left = 64
    private static let right = 16, top = 30, bottom = 48

    /// The range of values, not empty; 0 to 1 of none.
    static func range(_ values: [Double]) -> ClosedRange<Double> {
        guard let low = values.min(), let high = values.max() else { return 0...1 }
        return low < high ? low...high : low - 0.5...low + 0.5
    }

    /// Where a value lies, to a tenth of a unit.
    func place(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
        let across = Double(Self.width - Self.left - Self.right), down = Double(Self.height - Self.top - Self.bottom)
        let fx = (x - self.x.lowerBound) / (self.x.upperBound - self.x.lowerBound)
        let fy = (y - self.y.lowerBound) / (self.y.upperBound - self.y.lowerBound)
        func tenths(_ value: Double) -> Double { (10 * value).rounded() / 10 }
        return (tenths(Double(Self.left) + across * fx), tenths(Double(Self.top) + down * (1 - fy)))
    }

    /// A line through points, as a path of SVG.
    func path(_ points: [(Double, Double)]) -> String {
        points.enumerated().map { index, point in
            let (x, y) = place(point.0, point.1)
            return "\(index == 0 ? "M" : "L")\(x) \(y)"
        }.joined()
    }

    func axes(x xName: String, y yName: String) -> String {
        var drawing = ""
        for value in Self.ticks(y) {
            let (left, height) = place(x.lowerBound, value)
            drawing += "<path class=\"grid\" d=\"M\(left) \(height)H\(Self.width - Self.right)\"/>"
            drawing +=
                "<text x=\"\(left - 6)\" y=\"\(height + 4)\" text-anchor=\"end\">\(ReportNumber.text(value))</text>\n"
        }
        let floor = Self.height - Self.bottom
        for value in Self.ticks(x) {
            let (across, _) = place(value, y.lowerBound)
            drawing += "<path class=\"axis\" d=\"M\(across) \(floor)v5\"/>"
            drawing +=
                "<text x=\"\(across)\" y=\"\(floor + 20)\" text-anchor=\"middle\">\(ReportNumber.text(value))</text>\n"
        }
        drawing += "<path class=\"axis\" d=\"M\(Self.left) \(Self.top)V\(floor)H\(Self.width - Self.right)\"/>\n"
        let middle = (Self.left + Self.width - Self.right) / 2, upright = (Self.top + floor) / 2
        drawing +=
            "<text x=\"\(middle)\" y=\"\(Self.height - 8)\" text-anchor=\"middle\">\(HTMLText.escaped(xName))</text>\n"
        return drawing + """
            <text transform="translate(12 \(upright)) rotate(-90)" text-anchor="middle">\
            \(HTMLText.escaped(yName))</text>

            """
    }

    /// Three to six round values within a range.
    static func ticks(_ range: ClosedRange<Double>) -> [Double] {
        let width = range.upperBound - range.lowerBound
        guard width.isFinite, width > 1e-300 else { return [range.lowerBound] }
        var step = 1.0
        while step < width / 5 { step *= 10 }
        while step > width / 5 { step /= 10 }
        step = [1, 2, 5, 10].map { $0 * step }.first { width / $0 <= 5 } ?? 10 * step
        let first = (range.lowerBound / step).rounded(.up)
        return (0...6).map { (first + Double($0)) * step }.filter { $0 <= range.upperBound + step * 1e-9 }
    }
}
