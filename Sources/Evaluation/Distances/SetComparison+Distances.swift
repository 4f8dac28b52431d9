import Tensors

extension SetComparison {
    /// `kernel_distance`: of the full sets.
    func kernelDistance(_ kernel: KernelDistance, on compute: Compute) throws -> Score {
        if let tooFew { return missing("kernel_distance", .lower, because: tooFew) }
        guard let value = kernel.value else { return missing("kernel_distance", .lower, because: "no pairs of images") }
        // A drawing of one of two images has no pair: the others are the set itself, and tell of no scatter.
        if let name = pair.pairAlone {
            var score = score("kernel_distance", value, .lower)
            score.warnings.append("no interval: the \(name) set has two images")
            return score
        }
        return score(
            "kernel_distance", value, .lower, interval: try kernel.resampled(on: compute).interval(about: value))
    }

    /// `frechet_distance`: in all dimensions.
    ///
    /// The value is larger than that of endless sets would be, and the more so the fewer the images. The interval says
    /// how far it moves between sets of this size, not where that of endless sets lies; `fd_infinity` aims at it.
    func frechetDistance(on compute: Compute) throws -> Score {
        let name = "frechet_distance"
        if let tooFew { return missing(name, .lower, because: tooFew) }
        let value = try FrechetDistance.between(SampleMoments(real), SampleMoments(synthetic))
        let replicates = try compute.map(frechetReplicates) { replicate in
            let drawn = pair.weights(replicate)
            return try FrechetDistance.between(
                SampleMoments(real, weights: pair.real.spread(drawn.real)),
                SampleMoments(synthetic, weights: pair.synthetic.spread(drawn.synthetic)))
        }
        let interval = Replicates(replicates, units: pair.fewerUnits).interval(
            about: value, within: 0...Double.infinity)
        return score(name, value, .lower, interval: interval)
    }

    /// Replicates that a distance in all dimensions is given: as many as a fixed amount of work allows, 20 to 200.
    private var frechetReplicates: Int {
        let work = FrechetDistance.work(counts, dimension: real.dimension)
        return Int(min(max(1.5e11 / max(work, 1), 20), 200))
    }

    /// `kid`: mean and deviation of 100 subsets, as it is mostly published. Its interval is that of the full sets'
    /// distance, moved to the mean: subsets of one set overlap, so their deviation says little.
    func subsetDistance(_ kernel: KernelDistance, _ full: Score, on compute: Compute) throws -> Score {
        if let tooFew { return missing("kid", .lower, because: tooFew) }
        let subsets = try SubsetDistance(real, synthetic, kernel, on: compute)
        var interval: ClosedRange<Double>?
        if let whole = full.interval, let value = full.value {
            interval = whole.lowerBound - value + subsets.mean...whole.upperBound - value + subsets.mean
        }
        var score = score("kid", subsets.mean, .lower, interval: interval)
        score.deviation = subsets.deviation
        if full.interval == nil {
            score.warnings += full.warnings.filter { $0.hasPrefix("no interval") && !score.warnings.contains($0) }
        }
        let size = min(SubsetDistance.mostRows, real.count, synthetic.count)
        if size < SubsetDistance.mostRows {
            score.warnings.append("subsets of \(size) images, not of \(SubsetDistance.mostRows) as usually published")
        }
        return score
    }

    /// `frechet_ratio`: null without training images.
    func frechetRatio(on compute: Compute) throws -> Score {
        let name = "frechet_ratio"
        if let tooFew { return missing(name, .lower, because: tooFew) }
        guard let train else { return missing(name, .lower, because: "no training images were given") }
        guard train.count > 1 else { return missing(name, .lower, because: "the training set has one image") }
        do {
            let ratio = try FrechetRatio(self, train: train, on: compute)
            let interval = try ratio.resampled(on: compute).interval(aboutRatio: ratio.value)
            var score = score(name, ratio.value, .lower, interval: interval, dimension: ratio.dimension)
            score.warnings += ratio.warnings
            return score
        } catch let error as EvaluationError {
            return missing(name, .lower, because: error.description)
        }
    }

    /// `fd_infinity`: the Frechet distance of endless sets.
    func frechetInfinity(on compute: Compute) throws -> Score {
        let name = "fd_infinity"
        // Half of each set is the smallest subset.
        guard min(real.count, synthetic.count) >= 4 else {
            return missing(name, .lower, because: "a set has fewer than 4 images: half of them have no covariance")
        }
        let draws = (
            EvaluationDraw.subsetsOfReal.indices(seed: seed), EvaluationDraw.subsetsOfSynthetic.indices(seed: seed)
        )
        let ofReal = FrechetInfinity.Side(table: real, order: draws.0.permutation(real.count))
        let ofSynthetic = FrechetInfinity.Side(table: synthetic, order: draws.1.permutation(synthetic.count))
        let work = FrechetDistance.work(counts, dimension: real.dimension) * Double(FrechetInfinity.sizes)
        let isCheap = work * Double(FrechetInfinity.replicates) < FrechetInfinity.mostWork
        let values = try compute.map(isCheap ? FrechetInfinity.replicates + 1 : 1) { replicate in
            guard replicate > 0 else { return try FrechetInfinity.value(ofReal, ofSynthetic) }
            let drawn = pair.weights(replicate - 1)
            return try FrechetInfinity.value(
                ofReal.drawn(pair.real, drawn.real, draws.0, replicate),
                ofSynthetic.drawn(pair.synthetic, drawn.synthetic, draws.1, replicate))
        }
        let replicates = Replicates(Array(values.dropFirst()), units: pair.fewerUnits)
        var score = score(name, values[0], .lower, interval: replicates.interval(about: values[0]))
        if !isCheap { score.warnings.append("no interval: it would take too long for sets of this size") }
        return score
    }

    /// `is`: from the logits of the synthetic images.
    func inceptionScore(_ logits: FeatureTable?, on compute: Compute) throws -> Score {
        guard let logits else { return missing("is", .higher, because: "no logits were given") }
        guard logits.count >= InceptionScore.splits else {
            return missing("is", .higher, because: "\(logits.count) images do not make \(InceptionScore.splits) splits")
        }
        let inception = try InceptionScore(logits)
        // The whole set scores higher than its splits: only the spread of its replicates is used.
        let interval = try inception.resampled(pair, on: compute).interval(
            about: inception.mean, within: 1...Double.infinity)
        var score = score("is", inception.mean, .higher, interval: interval, dimension: logits.dimension)
        score.deviation = inception.deviation
        return score
    }
}
