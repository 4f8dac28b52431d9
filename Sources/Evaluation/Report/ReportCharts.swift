/// How often values occur in several sets, as shares of each set, so that sets of different sizes compare.
public struct HistogramChart: Sendable, Equatable {
    /// One set.
    public struct Series: Sendable, Equatable {
        public var name: String
        /// Counts of the bins.
        public var counts: [Int]

        public init(_ name: String, counts: [Int]) {
            self.name = name
            self.counts = counts
        }
    }

    public var caption: String
    /// What the values are, with their unit.
    public var axis: String
    /// Ends of the bins' whole range.
    public var range: ClosedRange<Double>
    /// At most four.
    public var series: [Series]
    /// A value drawn as a line, such as the threshold beyond which an image counts as a copy.
    public var threshold: Double?

    /// Counts values in bins of equal width; values beyond the range fall into the first and the last bin, and such as
    /// are no finite numbers are left out.
    /// - Parameter bins: 1 ... 200.
    public init(
        caption: String, axis: String, values: [(name: String, values: [Double])], bins: Int = 40,
        threshold: Double? = nil
    ) {
        self.caption = caption
        self.axis = axis
        self.threshold = threshold
        let all = (values.flatMap(\.values) + (threshold.map { [$0] } ?? [])).filter(\.isFinite)
        let low = all.min() ?? 0, high = all.max() ?? 1
        let range = low < high ? low...high : low - 0.5...low + 0.5
        self.range = range
        let count = min(max(bins, 1), 200)
        series = values.map { name, values in
            var counts = [Int](repeating: 0, count: count)
            for value in values where value.isFinite {
                let place = (value - range.lowerBound) / (range.upperBound - range.lowerBound) * Double(count)
                // Of a range too wide for a number there is no place.
                counts[place.isFinite ? Int(min(max(place, 0), Double(count - 1))) : 0] += 1
            }
            return Series(name, counts: counts)
        }
    }
}

/// Lines over an axis: power over frequency, loss over images, share of copies over stages.
public struct CurveChart: Sendable, Equatable {
    public struct Series: Sendable, Equatable {
        public var name: String
        public var points: [Point]

        public init(_ name: String, points: [Point]) {
            self.name = name
            self.points = points
        }
    }

    public struct Point: Sendable, Equatable {
        public var x: Double
        public var y: Double
        /// The 95 % interval of y, where it is known; drawn as a band.
        public var interval: ClosedRange<Double>?

        public init(_ x: Double, _ y: Double, interval: ClosedRange<Double>? = nil) {
            self.x = x
            self.y = y
            self.interval = interval
        }
    }

    public var caption: String
    /// What stands along the axes, with units.
    public var xAxis: String
    public var yAxis: String
    /// At most four.
    public var series: [Series]

    public init(caption: String, xAxis: String, yAxis: String, series: [Series]) {
        self.caption = caption
        self.xAxis = xAxis
        self.yAxis = yAxis
        self.series = series
    }
}
