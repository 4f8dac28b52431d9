import Tensors

extension SetComparison {
    /// `precision`, `recall`, `density` and `coverage`.
    /// - Parameter most: images of a set that their intervals are made of.
    func coverage(most: Int = CoverageMeasurement.mostResampled, on compute: Compute) throws -> [Score] {
        let names: [(String, KeyPath<Coverage, Double> & Sendable, ClosedRange<Double>)] = [
            ("precision", \.precision, 0...1), ("recall", \.recall, 0...1), ("density", \.density, 0...Double.infinity),
            ("coverage", \.coverage, 0...1),
        ]
        let fewest = Coverage.densityNeighbours + 1
        guard min(real.count, synthetic.count) >= fewest else {
            let reason =
                "\(min(real.count, synthetic.count)) images of a set are fewer than \(fewest): balls reach to the "
                + "\(Coverage.densityNeighbours)th neighbour"
            return names.map { missing($0.0, .higher, because: reason) }
        }
        let measured = try CoverageMeasurement(self, on: compute)
        let resampled = try measured.resampled(most: most, on: compute)
        return names.map { name, path, bounds in
            let value = measured.value[keyPath: path]
            let mean = resampled.values.reduce(0) { $0 + $1[keyPath: path] } / Double(resampled.values.count)
            let scaled = resampled.values.map { ($0[keyPath: path] - mean) * resampled.scale }
            let interval = Replicates(scaled, units: resampled.units).interval(about: value, within: bounds)
            var score = score(name, value, .higher, interval: interval)
            if resampled.isOfPart {
                score.warnings.append(
                    "the interval is that of \(most) images of a set"
                        + (resampled.scale < 1 ? ", scaled to all of them" : ", wider than that of all of them"))
            }
            return score
        }
    }

    /// `vendi`: of the synthetic set; what the real set has stands in its reference row.
    func vendi(on compute: Compute) throws -> Score {
        do {
            let value = try VendiScore.value(synthetic)
            let replicates = try compute.map(VendiScore.replicates) { replicate in
                try VendiScore.value(synthetic, weights: pair.synthetic.spread(pair.weights(replicate).synthetic))
            }
            let interval = Replicates(replicates, units: pair.synthetic.count).interval(
                about: value, within: 1...Double(synthetic.count))
            return score("vendi", value, .none, interval: interval)
        } catch let error as EvaluationError {
            return missing("vendi", .none, because: error.description)
        }
    }

    /// `authpct` and `c_t`: null without training images.
    func trainingNeighbours(on compute: Compute) throws -> [Score] {
        let names: [(String, Score.Direction)] = [("authpct", .higher), ("c_t", .none)]
        guard let train, train.count > 1 else {
            let reason = train == nil ? "no training images were given" : "the training set has one image"
            return names.map { missing($0, $1, because: reason) }
        }
        let neighbours = try TrainingNeighbours(self, train: train, on: compute)
        let replicates = try compute.map(TrainingNeighbours.replicates) { replicate in
            let drawn = pair.weights(replicate)
            let (w, v) = (pair.real.spread(drawn.real), pair.synthetic.spread(drawn.synthetic))
            return (authenticity: neighbours.authenticity(v), test: neighbours.copyingTest(real: w, synthetic: v))
        }
        let authenticity = neighbours.authenticity(), test = neighbours.copyingTest()
        let intervals = (
            Replicates(replicates.map(\.authenticity), units: pair.synthetic.count)
                .interval(about: authenticity, within: 0...100),
            Replicates(replicates.map(\.test), units: pair.fewerUnits).interval(about: test)
        )
        return [
            score("authpct", authenticity, .higher, interval: intervals.0),
            score("c_t", test, .none, interval: intervals.1),
        ].map { score in
            var score = score
            score.warnings.append("weak: it does not find a few copies among many images")
            return score
        }
    }
}
