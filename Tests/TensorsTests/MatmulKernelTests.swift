import CKernels
import TestSupport
import Testing

/// The C kernels of every tier this machine has, called bare.
enum Tiers {
    static let names: [String] = (["generic", "avx2", "avx512"] as [String]).filter { (name: String) in
        unsafe ck_tier(name) != nil
    }
}

struct MatmulKernelTests {
    struct Shape: Sendable, CustomTestStringConvertible {
        var rows: Int, columns: Int, segments: Int, depth: Int
        var testDescription: String { "\(rows)x\(columns), \(segments) segments of \(depth)" }
    }

    static let shapes: [Shape] =
        (1...30).map { Shape(rows: $0, columns: 32, segments: 1, depth: 16) }
        + [1, 5, 33].flatMap { depth in [16, 48, 80].map { Shape(rows: 15, columns: $0, segments: 3, depth: depth) } }
        + [Shape(rows: 0, columns: 16, segments: 1, depth: 4), Shape(rows: 17, columns: 32, segments: 3, depth: 300)]

    /// c = (a b + bias + residual) 0.5 with overlapping rows of a, as a convolution's band has them.
    static func product(_ tier: String, _ shape: Shape, residual: Bool) -> [Float] {
        let stride = shape.depth / 2 + 1, segment = shape.rows * stride + shape.depth
        var a = ramp(segment * shape.segments, seed: 2), b = ramp(shape.columns * shape.segments * shape.depth, seed: 3)
        var bias = ramp(shape.columns, seed: 4), added = ramp(shape.rows * (shape.columns + 16) + 1, seed: 5)
        var c = [Float](repeating: .nan, count: shape.rows * shape.columns)
        unsafe a.withUnsafeMutableBufferPointer { a in unsafe b.withUnsafeMutableBufferPointer { b in
            unsafe bias.withUnsafeMutableBufferPointer { bias in unsafe added.withUnsafeMutableBufferPointer { added in
                unsafe c.withUnsafeMutableBufferPointer { c in
                    var call = unsafe ck_matmul(
                        a: a.baseAddress, a_stride: stride, a_segment: segment, b: b.baseAddress,
                        segments: shape.segments, depth: shape.depth, rows: shape.rows, columns: shape.columns,
                        c: c.baseAddress, c_stride: shape.columns,
                        bias: bias.baseAddress, residual: residual ? added.baseAddress : nil,
                        residual_stride: shape.columns + 16, scale: 0.5, accumulates: 0, next: nil, next_count: 0)
                    unsafe ck_tier(tier).pointee.matmul(&call)
                }
            } }
        } }
        return c
    }

    /// The oracle: plain loops in double precision.
    static func naive(_ shape: Shape, residual: Bool) -> [Double] {
        let stride = shape.depth / 2 + 1, segment = shape.rows * stride + shape.depth
        let a = ramp(segment * shape.segments, seed: 2), b = ramp(shape.columns * shape.segments * shape.depth, seed: 3)
        let bias = ramp(shape.columns, seed: 4), added = ramp(shape.rows * (shape.columns + 16) + 1, seed: 5)
        var c: [Double] = []
        for m in 0..<shape.rows {
            for n in 0..<shape.columns {
                var sum = Double(bias[n]) + (residual ? Double(added[m * (shape.columns + 16) + n]) : 0)
                for s in 0..<shape.segments {
                    for k in 0..<shape.depth {
                        let packed = ((n / 16 * shape.segments + s) * shape.depth + k) * 16 + n % 16
                        sum += Double(a[m * stride + s * segment + k]) * Double(b[packed])
                    }
                }
                c.append(sum * 0.5)
            }
        }
        return c
    }

    @Test(arguments: shapes) func everyTierEqualsTheNaiveProduct(shape: Shape) {
        for residual in [false, true] {
            let first = Self.product(Tiers.names[0], shape, residual: residual)
            // A chain of K roundings of partial sums that grow as a random walk.
            let bound = 1e-7 + 3e-8 * Double(shape.segments * shape.depth)
            #expect(distance(first, Self.naive(shape, residual: residual)) < bound)
            for tier in Tiers.names.dropFirst() {
                let product = Self.product(tier, shape, residual: residual)
                #expect(product == first, "\(tier) differs from \(Tiers.names[0]) in bits")
            }
        }
    }

    /// c = a b of rows x 32 columns, the steps of the reduction cut in two.
    static func product(_ tier: String, rows: Int, depth: Int, cut: Int) -> [Float] {
        var a = ramp(rows * depth, seed: 6), c = [Float](repeating: .nan, count: rows * 32)
        let b = ramp(depth * 32, seed: 9)  // [panel][depth][16]
        for (first, end) in [(0, cut), (cut, depth)] where first < end {
            var part: [Float] = []
            for panel in [0, depth] { part += b[(panel + first) * 16..<(panel + end) * 16] }
            unsafe a.withUnsafeMutableBufferPointer { a in unsafe part.withUnsafeMutableBufferPointer { part in
                unsafe c.withUnsafeMutableBufferPointer { c in
                    var call = unsafe ck_matmul(
                        a: a.baseAddress! + first, a_stride: depth, a_segment: 0, b: part.baseAddress, segments: 1,
                        depth: end - first, rows: rows, columns: 32, c: c.baseAddress, c_stride: 32, bias: nil,
                        residual: nil, residual_stride: 0, scale: 1,
                        accumulates: first > 0 ? 1 : 0, next: nil, next_count: 0)
                    unsafe ck_tier(tier).pointee.matmul(&call)
                }
            } }
        }
        return c
    }

    @Test(arguments: [1, 4, 13, 30]) func sumsGoOnAsIfTheyHadNotBeenCut(rows: Int) {
        for tier in Tiers.names {
            let whole = Self.product(tier, rows: rows, depth: 50, cut: 50)
            for cut in [1, 16, 37] {
                #expect(Self.product(tier, rows: rows, depth: 50, cut: cut) == whole, "\(tier), cut at \(cut)")
            }
        }
    }
}
