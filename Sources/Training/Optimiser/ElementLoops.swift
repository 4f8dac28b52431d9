// Everything unsafe of this target: loops over the elements of all parameters at once.
import Tensors

/// What is done to every element of the flat arrays of weights, gradients, moments and averages, divided among threads
/// by elements, so that no bit depends on how many there are.
struct ElementLoops {
    let compute: Compute

    /// Elements of one work item. It is part of the arithmetic of `squares`: never change it.
    private static let chunk = 1 << 14

    /// The sum of squares, in double precision: each chunk from its first element to its last, then the chunks in
    /// order.
    func squares(_ values: [Float]) -> Double {
        let chunks = (values.count + Self.chunk - 1) / Self.chunk
        var sums = [Double](repeating: 0, count: chunks)
        unsafe values.withUnsafeBufferPointer { values in
            unsafe sums.withUnsafeMutableBufferPointer { sums in
                compute.forEach(chunks) { item in
                    var sum = 0.0
                    for i in item * Self.chunk..<min((item + 1) * Self.chunk, values.count) {
                        let value = unsafe Double(values[i])
                        sum += value * value
                    }
                    unsafe sums[item] = sum
                }
            }
        }
        return sums.reduce(0, +)
    }

    /// One step of AdamW and of the averages after it; the gradients are 0 afterwards, ready to be added to.
    /// - Parameter averageShares: what each average takes of the new weights, 1 - beta.
    func update(_ state: TrainingState, gradients: inout [Float], _ step: AdamW.Step, averageShares: [Float]) {
        let count = state.weights.count
        precondition(gradients.count == count, "gradients of another network: a mistake of the trainer's code")
        unsafe gradients.withUnsafeMutableBufferPointer { gradients in
            unsafe state.weights.withUnsafeMutableBufferPointer { weights in
                unsafe state.firstMoments.withUnsafeMutableBufferPointer { first in
                    unsafe state.secondMoments.withUnsafeMutableBufferPointer { second in
                        let places = unsafe Places(
                            gradients: gradients.baseAddress!, weights: weights.baseAddress!,  // networks have weights
                            first: first.baseAddress!, second: second.baseAddress!)
                        compute.forEach((count + Self.chunk - 1) / Self.chunk) { item in
                            let range = item * Self.chunk..<min((item + 1) * Self.chunk, count)
                            unsafe Self.moments(places, step, range)
                            unsafe Self.weights(places, step, range)
                        }
                    }
                }
            }
        }
        for (index, share) in averageShares.enumerated() { average(state, index, share) }
    }

    @unsafe private struct Places {
        let gradients: UnsafeMutablePointer<Float>, weights: UnsafeMutablePointer<Float>
        let first: UnsafeMutablePointer<Float>, second: UnsafeMutablePointer<Float>
    }

    @unsafe private static func moments(_ places: Places, _ step: AdamW.Step, _ range: Range<Int>) {
        let (gradients, first, second) = unsafe (places.gradients, places.first, places.second)
        for i in range {
            let gradient = unsafe gradients[i] * step.gradientScale
            unsafe first[i] += step.firstShare * (gradient - first[i])
            unsafe second[i] = second[i] * step.secondBeta + step.secondShare * (gradient * gradient)
            unsafe gradients[i] = 0
        }
    }

    @unsafe private static func weights(_ places: Places, _ step: AdamW.Step, _ range: Range<Int>) {
        let (weights, first, second) = unsafe (places.weights, places.first, places.second)
        for i in range {
            let divisor = unsafe second[i].squareRoot() / step.correction + step.epsilon
            unsafe weights[i] = weights[i] * step.decay - step.size * (first[i] / divisor)
        }
    }

    private func average(_ state: TrainingState, _ index: Int, _ share: Float) {
        let count = state.weights.count
        unsafe state.weights.withUnsafeBufferPointer { weights in
            unsafe state.averages[index].withUnsafeMutableBufferPointer { average in
                compute.forEach((count + Self.chunk - 1) / Self.chunk) { item in
                    for i in item * Self.chunk..<min((item + 1) * Self.chunk, count) {
                        unsafe average[i] += share * (weights[i] - average[i])
                    }
                }
            }
        }
    }
}
