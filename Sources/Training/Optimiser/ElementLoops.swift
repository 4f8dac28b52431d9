// Everything unsafe of this target: loops over the elements of all parameters at once.
import Tensors

/// What is done to every element of the flat arrays of weights, gradients, moments and averages, divided among threads
/// by elements, so that no bit depends on how many there are.
struct ElementLoops {
    let compute: Compute

    /// Elements of one work item. It is part of the arithmetic of `squares`: never change it.
    private static let chunk = 1 << 14

    /// Chunks whose sums are made side by side: each is a chain of additions that wait for one another.
    private static let abreast = 4

    /// The sum of squares, in double precision: each chunk from its first element to its last, then the chunks in
    /// order.
    func squares(_ values: [Float]) -> Double {
        let chunks = (values.count + Self.chunk - 1) / Self.chunk
        var sums = [Double](repeating: 0, count: chunks)
        unsafe values.withUnsafeBufferPointer { values in
            unsafe sums.withUnsafeMutableBufferPointer { sums in
                compute.forEach((chunks + Self.abreast - 1) / Self.abreast) { item in
                    let first = item * Self.abreast
                    if (first + Self.abreast) * Self.chunk <= values.count {
                        let together = unsafe Self.squares(abreast: values.baseAddress! + first * Self.chunk)
                        for chunk in 0..<Self.abreast { unsafe sums[first + chunk] = together[chunk] }
                        return
                    }
                    for chunk in first..<chunks {
                        let end = min((chunk + 1) * Self.chunk, values.count)
                        for i in chunk * Self.chunk..<end {
                            let value = unsafe Double(values[i])
                            unsafe sums[chunk] += value * value
                        }
                    }
                }
            }
        }
        return sums.reduce(0, +)
    }

    /// The sums of four chunks, one after the other in memory.
    @unsafe private static func squares(abreast values: UnsafePointer<Float>) -> SIMD4<Double> {
        var sums = SIMD4<Double>.zero
        for i in 0..<chunk {
            let next = unsafe SIMD4(values[i], values[chunk + i], values[2 * chunk + i], values[3 * chunk + i])
            let value = SIMD4<Double>(next)
            sums += value * value
        }
        return sums
    }

    /// One step of AdamW and of the averages after it; the gradients are 0 afterwards, ready to be added to.
    /// - Parameter averageShares: what each average takes of the new weights, 1 - beta.
    func update(_ state: TrainingState, gradients: inout [Float], _ step: AdamWFactors, averageShares: [Float]) {
        compute.descend(
            weights: &state.weights, first: &state.firstMoments, second: &state.secondMoments,
            gradients: &gradients, by: step)
        for (index, share) in averageShares.enumerated() { average(state, index, share) }
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
