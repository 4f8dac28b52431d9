import TestSupport
import Testing

@testable import Tensors

struct WinogradSharedTests {
    /// 32 channels to `out`, 20 x 18 pixels unless it says otherwise: in tiles of six and four 2 + 2 rows of three, in
    /// tiles of four 5 x 5.
    struct Case: Sendable {
        var height = 20, width = 18, out = 136, form = WinogradWeights.Form.atLoad, threads = 2, batch = 1
        var division = WinogradShared.Division.tiles
    }

    static let cases = [
        Case(out: 48), Case(batch: 2, division: .channels), Case(batch: 10), Case(threads: 3, batch: 15),
        Case(batch: 11), Case(form: .atUse, batch: 4),
        Case(division: .channels), Case(form: .atUse, batch: 3, division: .channels),
        Case(threads: 3, division: .stages), Case(form: .atUse, threads: 3, batch: 2, division: .stages),
        Case(form: .atUse, threads: 3, batch: 4, division: .stages),
        // 36 tiles: transformed at use; 60 and more: once and for all.
        Case(out: 48, form: .forMany, batch: 3), Case(form: .forMany, batch: 3, division: .channels),
        Case(form: .forMany, batch: 5, division: .channels), Case(form: .forMany, batch: 11),
        // Four tiles, of a size that is not taken in one stream.
        Case(height: 12, width: 12, form: .forMany, division: .channels),
    ]

    /// However the threads divide the work, every image has the bits that one thread gives it alone.
    @Test(arguments: cases) func bitsDependOnNoDivision(c: Case) {
        let (images, division) = Self.convolve(c)
        #expect(division == c.division, "\(c) is divided into \(division)")
        for n in 0..<c.batch {
            let form = c.form == .atUse ? c.form : .atLoad
            let one = Case(height: c.height, width: c.width, out: c.out, form: form, threads: 1)
            let alone = Self.convolve(one, first: n).images
            #expect(images[n] == alone[0], "image \(n) of \(c)")
        }
    }

    @Test(arguments: [
        // 8/9 of 64 products.
        (WinogradWeights.Form.forMany, tiles: 56, isTransformed: false), (.forMany, tiles: 57, isTransformed: true),
        (.atUse, tiles: 57, isTransformed: false), (.atLoad, tiles: 1, isTransformed: true),
    ])
    func transformedWeightsAreReadForManyTiles(form: WinogradWeights.Form, tiles: Int, isTransformed: Bool) {
        let packed = PackedWeights(
            weight: ramp(16 * 16 * 9, seed: 3), outputs: 16, sources: [16], kernel: .square(3), isByChannel: true)
        let reading = WinogradShared.reading(WinogradWeights(packed, output: 6, form: form), tiles: tiles)
        let readsTransformed = if case .transformed = reading { true } else { false }
        #expect(readsTransformed == isTransformed)
    }

    private static func convolve(_ c: Case, first: Int = 0) -> (images: [[Float]], division: WinogradShared.Division?) {
        let (height, width) = (c.height, c.width)
        let packed = PackedWeights(
            weight: ramp(c.out * 32 * 9, seed: 3), outputs: c.out, sources: [32], kernel: .square(3), isByChannel: true)
        let shape = ConvolutionShape(sources: [32], outputs: c.out, kernel: .square(3), padding: .same(1))
        let weights = WinogradWeights(packed, output: c.form == .atUse ? 4 : 6, form: c.form)
        let compute = Compute(threads: c.threads)
        var division: WinogradShared.Division?
        let images = run(compute, batch: c.batch, height: height, width: width) { pass in
            let given = (first..<first + c.batch).map { ramp(32 * height * width, seed: UInt64(20 + $0)) }
            let source = pass.activation(images: given, channels: 32, height: height, width: width)
            let result = pass.allocate(batch: c.batch, height: height, width: width, channels: c.out)
            let call = ConvolutionCall(
                shape: shape, input: .init([source]), output: .init(), result: result,
                ownBias: FloatBuffer(count: padded(c.out)), kernels: pass.kernels)
            let shared = WinogradShared(WinogradConvolution(call, weights), pass)
            division = shared.division
            shared.run(pass)
            return result
        }
        return (images, division)
    }
}
