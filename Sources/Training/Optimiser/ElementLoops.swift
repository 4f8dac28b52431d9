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
                            unsafe Self.step(places, step, range)
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

    /// Elements that are taken together: of the square root the compiler makes no vector by itself.
    private typealias Vector = SIMD8<Float>

    @unsafe private static func step(_ places: Places, _ step: AdamW.Step, _ range: Range<Int>) {
        let (gradients, weights) = unsafe (places.gradients, places.weights)
        let (first, second) = unsafe (places.first, places.second)
        for i in stride(from: range.lowerBound, to: range.upperBound, by: Vector.scalarCount) {
            let count = min(Vector.scalarCount, range.upperBound - i)
            let gradient = unsafe load(gradients + i, count) * step.gradientScale
            var (weight, mean, square) = unsafe (
                load(weights + i, count), load(first + i, count), load(second + i, count)
            )
            mean += step.firstShare * (gradient - mean)
            square = square * step.secondBeta + step.secondShare * (gradient * gradient)
            let divisor = square.squareRoot() / step.correction + step.epsilon
            weight = weight * step.decay - step.size * (mean / divisor)
            unsafe store(weight, weights + i, count)
            unsafe store(mean, first + i, count)
            unsafe store(square, second + i, count)
            unsafe store(.zero, gradients + i, count)
        }
    }

    /// `count` elements, and zeros after them.
    @inline(__always)
    @unsafe private static func load(_ values: UnsafeMutablePointer<Float>, _ count: Int) -> Vector {
        if count == Vector.scalarCount { return unsafe UnsafeRawPointer(values).loadUnaligned(as: Vector.self) }
        var vector = Vector.zero
        for i in 0..<count { vector[i] = unsafe values[i] }
        return vector
    }

    @inline(__always)
    @unsafe private static func store(_ vector: Vector, _ values: UnsafeMutablePointer<Float>, _ count: Int) {
        if count == Vector.scalarCount {
            return unsafe UnsafeMutableRawPointer(values).storeBytes(of: vector, as: Vector.self)
        }
        for i in 0..<count { unsafe values[i] = vector[i] }
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
