import Testing

@testable import Tensors

struct WinogradSharedTests {
    /// 32 channels to `out`, 20 x 18 pixels: in tiles of six and four 2 + 2 rows of three, in tiles of four 5 x 5.
    struct Case: Sendable {
        var out = 136, forms = WinogradWeights.Forms.transformed, threads = 2, batch = 1
        var division = WinogradShared.Division.tiles
    }

    static let cases = [
        Case(out: 48), Case(batch: 2), Case(batch: 3), Case(threads: 3, batch: 5), Case(batch: 11), Case(forms: .untransformed, batch: 4),
        Case(division: .channels), Case(forms: .untransformed, batch: 3, division: .channels),
        Case(threads: 3, division: .stages), Case(forms: .untransformed, threads: 3, batch: 2, division: .stages),
        Case(forms: .untransformed, threads: 3, batch: 4, division: .stages),
        // Of both forms the transformed one is read for 12 tiles a thread, as by one thread alone, the other for 18.
        Case(out: 48, forms: [.transformed, .untransformed], batch: 2), Case(out: 48, forms: [.transformed, .untransformed], batch: 3),
        Case(forms: [.transformed, .untransformed], batch: 3, division: .channels),
    ]

    /// However the threads divide the work, every image has the bits that one thread gives it alone.
    @Test(arguments: cases) func bitsDependOnNoDivision(c: Case) {
        let (images, division) = Self.convolve(c)
        #expect(division == c.division, "\(c) is divided into \(division)")
        for n in 0..<c.batch {
            let alone = Self.convolve(Case(out: c.out, forms: c.forms, threads: 1), first: n).images
            #expect(images[n] == alone[0], "image \(n) of \(c)")
        }
    }

    /// Of weights that are kept both ways.
    @Test(arguments: [(tiles: 15, isTransformed: true), (tiles: 16, isTransformed: false)])
    func transformedWeightsAreReadForFewTiles(tiles: Int, isTransformed: Bool) {
        let packed = PackedWeights(weight: ramp(16 * 16 * 9, seed: 3), out: 16, sources: [16], kernel: 3, isByChannel: true)
        let read = WinogradShared.weights(WinogradWeights(packed, output: 6, forms: [.transformed, .untransformed]), tiles: tiles)
        let readsTransformed = if case .transformed = read { true } else { false }
        #expect(readsTransformed == isTransformed)
    }

    private static func convolve(_ c: Case, first: Int = 0) -> (images: [[Float]], division: WinogradShared.Division?) {
        let height = 20, width = 18
        let packed = PackedWeights(weight: ramp(c.out * 32 * 9, seed: 3), out: c.out, sources: [32], kernel: 3, isByChannel: true)
        let weights = WinogradWeights(packed, output: c.forms.contains(.transformed) ? 6 : 4, forms: c.forms)
        let compute = Compute(threads: c.threads)
        var division: WinogradShared.Division?
        let images = run(compute, batch: c.batch, height: height, width: width) {
            let given = (first..<first + c.batch).map { ramp(32 * height * width, seed: UInt64(20 + $0)) }
            let source = compute.activation(images: given, channels: 32, height: height, width: width)
            let result = compute.allocate(batch: c.batch, height: height, width: width, channels: c.out)
            let convolution = WinogradConvolution(weights, .init([source]), .init(), bias: FloatBuffer(count: padded(c.out)), into: result)
            let shared = WinogradShared(convolution, compute)
            division = shared.division
            shared.run(compute)
            return result
        }
        return (images, division)
    }
}
