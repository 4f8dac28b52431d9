import CKernels
import TestSupport
import Testing

/// C = A^T B summed over pixels, of every tier, against a double sum.
struct OuterKernelTests {
    struct Shape: Sendable, CustomTestStringConvertible {
        var rows = 16, columns = 16, segments = 1, depth = 1
        var testDescription: String { "\(rows) x \(columns), \(segments) segments of \(depth)" }
        /// Floats from a k to the next and from an s to the next, with some between that nobody reads.
        var aStride: Int { rows + 5 }
        var bStride: Int { columns + 16 }
        var aSegment: Int { depth * aStride + 3 }
        var bSegment: Int { depth * bStride + 2 }
        var cStride: Int { columns + 16 }
        var a: [Float] { ramp(segments * aSegment, seed: 2) }
        var b: [Float] { ramp(segments * bSegment, seed: 3) }
    }

    static let shapes: [Shape] =
        [1, 2, 3, 35, 99, 700].map { Shape(depth: $0) }
        + [16, 32, 48, 80].flatMap { rows in [16, 32, 48, 64].map { Shape(rows: rows, columns: $0, depth: 7) } }
        + [Shape(rows: 32, columns: 48, segments: 9, depth: 13), Shape(rows: 16, columns: 32, segments: 40, depth: 24)]

    /// What stands where the product goes, before and beside it.
    static func standing(_ shape: Shape) -> [Float] { ramp(shape.rows * shape.cStride, seed: 4) }

    static func product(_ tier: String, _ shape: Shape, accumulates: Bool) -> [Float] {
        var a = shape.a, b = shape.b, c = standing(shape)
        unsafe a.withUnsafeMutableBufferPointer { a in unsafe b.withUnsafeMutableBufferPointer { b in
            unsafe c.withUnsafeMutableBufferPointer { c in
                var call = unsafe ck_outer(
                    a: a.baseAddress, a_stride: shape.aStride, a_segment: shape.aSegment, b: b.baseAddress,
                    b_stride: shape.bStride, b_segment: shape.bSegment, segments: shape.segments, depth: shape.depth,
                    rows: shape.rows, columns: shape.columns, c: c.baseAddress, c_stride: shape.cStride,
                    accumulates: accumulates ? 1 : 0)
                unsafe ck_tier(tier).pointee.outer(&call)
            }
        } }
        return c
    }

    static func naive(_ shape: Shape, accumulates: Bool) -> [Double] {
        let a = shape.a.map(Double.init), b = shape.b.map(Double.init)
        var c = standing(shape).map(Double.init)
        for row in 0..<shape.rows {
            for column in 0..<shape.columns {
                var sum = accumulates ? c[row * shape.cStride + column] : 0
                for s in 0..<shape.segments {
                    for k in 0..<shape.depth {
                        sum += a[s * shape.aSegment + k * shape.aStride + row]
                            * b[s * shape.bSegment + k * shape.bStride + column]
                    }
                }
                c[row * shape.cStride + column] = sum
            }
        }
        return c
    }

    @Test(arguments: shapes, [false, true]) func everyTierEqualsTheDoubleSum(shape: Shape, accumulates: Bool) {
        let first = Self.product(Tiers.names[0], shape, accumulates: accumulates)
        // A chain of roundings of partial sums that grow as a random walk: 3.5e-8 a product measured.
        let bound = 2e-7 + 5e-8 * Double(shape.segments * shape.depth)
        #expect(distance(first, Self.naive(shape, accumulates: accumulates)) < bound)
        for tier in Tiers.names.dropFirst() {
            #expect(Self.product(tier, shape, accumulates: accumulates) == first, "\(tier) differs in bits")
        }
    }

    /// The bits are those of one chain of fused multiply-adds over all segments.
    @Test func segmentsAreOneChain() {
        let shape = Shape(rows: 16, columns: 16, segments: 2, depth: 50)
        let a = shape.a, b = shape.b
        var expected = Self.standing(shape)
        for row in 0..<16 {
            for column in 0..<16 {
                var sum: Float = 0
                for s in 0..<2 {
                    for k in 0..<50 {
                        sum.addProduct(
                            a[s * shape.aSegment + k * shape.aStride + row],
                            b[s * shape.bSegment + k * shape.bStride + column])
                    }
                }
                expected[row * shape.cStride + column] = sum
            }
        }
        #expect(Self.product(Tiers.names[0], shape, accumulates: false) == expected)
    }
}
