import CKernels
import TestSupport
import Testing

/// The two ends of Winograd's weight gradient, dg = G^T [(B^T d B) . (A dy A^T)] G, and sums on their way to torch's
/// order, of every tier.
struct WeightGradientKernelTests {
    /// A, for tiles of 4 outputs and the points 0, 1, -1, 2, -2 and infinity (Lavin & Gray 2016, section 4.3).
    static let a: [[Double]] = [
        [1, 0, 0, 0], [1, 1, 1, 1], [1, -1, 1, -1], [1, 2, 4, 8], [1, -2, 4, -8], [0, 0, 0, 1],
    ]
    /// G of the same points, scaled as tiles of 6 share it.
    static let g: [[Double]] = [
        [1, 0, 0], [-2.0 / 9, -2.0 / 9, -2.0 / 9], [-2.0 / 9, 2.0 / 9, -2.0 / 9], [1.0 / 90, 1.0 / 45, 2.0 / 45],
        [1.0 / 90, -1.0 / 45, 2.0 / 45], [0, 0, 1],
    ]

    struct Grid: Sendable, CustomTestStringConvertible {
        var rows: Int, columns: Int
        var isDoubled = false
        var channels: Int { 32 }
        var tileRows: Int { (rows + 3) / 4 }
        var tileColumns: Int { (columns + 3) / 4 }
        var tiles: Int { tileRows * tileColumns }
        /// Floats from a plane to the next, more than there are.
        var plane: Int { tiles * channels + 16 }
        var rowPitch: Int { columns * channels + 8 }
        var y: [Float] { ramp(rows * rowPitch, seed: 5) }
        var testDescription: String { "\(rows)x\(columns)\(isDoubled ? ", doubled" : "")" }
    }

    static let grids = [
        Grid(rows: 1, columns: 1), Grid(rows: 4, columns: 4), Grid(rows: 7, columns: 9), Grid(rows: 13, columns: 10),
        Grid(rows: 8, columns: 12, isDoubled: true), Grid(rows: 14, columns: 18, isDoubled: true),
    ]

    static func planes(_ tier: String, _ grid: Grid) -> [Float] {
        var m = [Float](repeating: 100, count: 36 * grid.plane)
        unsafe grid.y.withUnsafeBufferPointer { y in unsafe m.withUnsafeMutableBufferPointer { m in
            var call = unsafe ck_winograd_gradient(
                is_doubled: grid.isDoubled ? 1 : 0, y: y.baseAddress, y_row: grid.rowPitch, y_pitch: grid.channels,
                rows: grid.rows, columns: grid.columns, tiles_y: grid.tileRows, tiles_x: grid.tileColumns,
                channels: grid.channels, m: m.baseAddress, plane: grid.plane)
            unsafe ck_tier(tier).pointee.winograd_gradient(&call)
        } }
        return m
    }

    /// A dy A^T of each tile, pixels that do not exist taken as zero; 100 where nothing is written.
    static func naive(_ grid: Grid) -> [Double] {
        let y = grid.y.map(Double.init), vanishing = Int(CK_VANISHING_POINT)
        var m = [Double](repeating: 100, count: 36 * grid.plane)
        for tile in 0..<grid.tiles {
            let (top, left) = (tile / grid.tileColumns * 4, tile % grid.tileColumns * 4)
            for point in 0..<36 where !(grid.isDoubled && (point / 6 == vanishing || point % 6 == vanishing)) {
                for c in 0..<grid.channels {
                    var sum = 0.0
                    for r in 0..<min(4, grid.rows - top) {
                        for s in 0..<min(4, grid.columns - left) {
                            let pixel = y[(top + r) * grid.rowPitch + (left + s) * grid.channels + c]
                            sum += a[point / 6][r] * pixel * a[point % 6][s]
                        }
                    }
                    m[point * grid.plane + tile * grid.channels + c] = sum
                }
            }
        }
        return m
    }

    @Test(arguments: grids) func tilesOfGradientsEqualTheirDefinition(grid: Grid) {
        let first = Self.planes(Tiers.names[0], grid)
        // Sums of up to 225 times the largest pixel.
        #expect(distance(first, Self.naive(grid)) < 225 * 2e-7)
        for tier in Tiers.names.dropFirst() {
            #expect(Self.planes(tier, grid) == first, "\(tier) differs in bits")
        }
    }

    struct Filter: Sendable, CustomTestStringConvertible {
        var isWinograd: Bool, taps: Int
        var isDoubled = false
        var inputs = 20, lanes = 0..<16
        var planes: Int { isWinograd ? 36 : taps }
        var pitch: Int { 48 }
        var plane: Int { inputs * pitch + 16 }
        var w: [Float] { ramp(planes * plane, seed: 6) }
        /// Floats from an output's gradient to the next, more than there are.
        var stride: Int { inputs * taps + 5 }
        var standing: [Float] { ramp(lanes.count * stride, seed: 7) }
        var testDescription: String {
            "\(isWinograd ? "winograd" : "\(taps) taps"), lanes \(lanes)\(isDoubled ? ", doubled" : "")"
        }
    }

    static let filters = [
        Filter(isWinograd: false, taps: 1), Filter(isWinograd: false, taps: 9, inputs: 3, lanes: 4..<11),
        Filter(isWinograd: false, taps: 7, lanes: 15..<16), Filter(isWinograd: true, taps: 9),
        Filter(isWinograd: true, taps: 9, inputs: 1, lanes: 8..<16),
        Filter(isWinograd: true, taps: 9, isDoubled: true, lanes: 0..<1),
    ]

    static func added(_ tier: String, _ filter: Filter) -> [Float] {
        var gradient = filter.standing
        unsafe filter.w.withUnsafeBufferPointer { w in unsafe gradient.withUnsafeMutableBufferPointer { gradient in
            var call = unsafe ck_filter_gradient(
                is_winograd: filter.isWinograd ? 1 : 0, is_doubled: filter.isDoubled ? 1 : 0, w: w.baseAddress,
                plane: filter.plane, pitch: filter.pitch, inputs: filter.inputs, taps: filter.taps,
                first_lane: filter.lanes.lowerBound, lanes: filter.lanes.count, gradient: gradient.baseAddress,
                gradient_stride: filter.stride)
            unsafe ck_tier(tier).pointee.filter_gradient(&call)
        } }
        return gradient
    }

    static func naive(_ filter: Filter) -> [Double] {
        var gradient = filter.standing.map(Double.init)
        let w = filter.w.map(Double.init), vanishing = filter.isDoubled ? Int(CK_VANISHING_POINT) : -1
        for (index, lane) in filter.lanes.enumerated() {
            for input in 0..<filter.inputs {
                func sum(_ plane: Int) -> Double { w[plane * filter.plane + input * filter.pitch + lane] }
                for tap in 0..<filter.taps {
                    var value = filter.isWinograd ? 0 : sum(tap)
                    for point in 0..<(filter.isWinograd ? 36 : 0) {
                        let (i, j) = (point / 6, point % 6)
                        if i == vanishing || j == vanishing { continue }
                        value += g[i][tap / 3] * sum(point) * g[j][tap % 3]
                    }
                    gradient[index * filter.stride + input * filter.taps + tap] += value
                }
            }
        }
        return gradient
    }

    @Test(arguments: filters) func sumsAreAddedInTorchsOrder(filter: Filter) {
        let first = Self.added(Tiers.names[0], filter)
        #expect(distance(first, Self.naive(filter)) < 6e-7)
        for tier in Tiers.names.dropFirst() { #expect(Self.added(tier, filter) == first, "\(tier) differs in bits") }
    }
}
