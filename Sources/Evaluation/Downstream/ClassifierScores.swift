/// What a classifier's probabilities come to on test images that count more or less often: the area under the curve of
/// true over false positives, and the balanced accuracy.
struct ClassifierScores: Sendable {
    private let labels: [Int], classes: Int
    /// Of each class: the images, those of the least probability first, with the end of each run of equal ones.
    private let order: [[Int]], ends: [[Int]]
    /// Whether each image is taken for what it is.
    private let isRight: [Bool]

    /// - Parameter probabilities: [images, classes].
    init(_ probabilities: [Float], labels: [Int], classes: Int) {
        (self.labels, self.classes) = (labels, classes)
        let rows = labels.indices.map { Array(probabilities[$0 * classes..<($0 + 1) * classes]) }
        isRight = zip(rows, labels).map { row, label in
            (row.indices.max { row[$0] < row[$1] } ?? 0) == label
        }
        order = (0..<classes).map { value in
            rows.indices.sorted { (rows[$0][value], $0) < (rows[$1][value], $1) }
        }
        ends = zip(order, 0..<classes).map { order, value in
            order.indices.map { place in
                place + 1 == order.count || rows[order[place]][value] != rows[order[place + 1]][value] ? 1 : 0
            }
        }
    }

    /// Numbers of one replicate. NaN where a class has no image.
    struct Values: Sendable {
        /// The mean of the classes', each against all others (Hand & Till 2001 call it the one-versus-rest form).
        var auc: Double
        /// The mean of the classes' shares of right images.
        var balanced: Double
        var aucs: [Double]
        var recalls: [Double]

        /// All numbers in a row.
        var flat: [Double] { [auc, balanced] + aucs + recalls }
    }

    /// - Parameter weights: how often each image counts.
    func values(_ weights: [Double]) -> Values {
        var aucs: [Double] = [], recalls: [Double] = []
        for value in 0..<classes {
            aucs.append(auc(value, weights))
            var right = 0.0, all = 0.0
            for (place, label) in labels.enumerated() where label == value {
                all += weights[place]
                if isRight[place] { right += weights[place] }
            }
            recalls.append(right / all)
        }
        return Values(
            auc: aucs.reduce(0, +) / Double(classes), balanced: recalls.reduce(0, +) / Double(classes), aucs: aucs,
            recalls: recalls)
    }

    /// The share of pairs of an image of the class and another in which the former has the larger probability; equal
    /// ones count half (Mann & Whitney 1947).
    private func auc(_ value: Int, _ weights: [Double]) -> Double {
        var below = 0.0, sum = 0.0, positives = 0.0, tied = (positive: 0.0, negative: 0.0)
        for (image, end) in zip(order[value], ends[value]) {
            if labels[image] == value { tied.positive += weights[image] } else { tied.negative += weights[image] }
            guard end == 1 else { continue }
            sum += tied.positive * (below + tied.negative / 2)
            below += tied.negative
            positives += tied.positive
            tied = (0, 0)
        }
        return sum / (positives * below)
    }
}
