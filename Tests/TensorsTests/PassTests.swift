import TestSupport
import Testing

@testable import Tensors

/// What passes book, note and leave behind.
struct PassTests {
    /// A layer of every kind over 16 channels, or what is done to activations between layers.
    struct Operation: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Multiply-adds for two images of 16 channels, 8 x 6 pixels.
        var work = 0
        /// Takes an activation with moments, which stays allocated.
        let apply: @Sendable (Activation, Pass) -> Activation
    }

    static let (batch, channels, height, width) = (2, 16, 8, 6)
    static let pixels = batch * height * width

    static func convolution(_ shape: ConvolutionShape, _ plan: ConvolutionPlan, upsampled: Bool = false) -> Operation {
        let weight = ramp(shape.outputs * shape.inputs * shape.kernel.taps)
        let layer = Convolution(shape, weight: weight, bias: nil, plan: plan)
        let outputs = shape.output(height: height * (upsampled ? 2 : 1), width: width * (upsampled ? 2 : 1))
        let work = batch * outputs.height * outputs.width * shape.outputs * shape.inputs * shape.kernel.taps
        return Operation(testDescription: "\(layer)\(upsampled ? ", upsampled" : "")", work: work) { x, pass in
            let sources = shape.sources.map { _ in x }
            return layer(.init(sources, activation: .silu, upsampled: upsampled), .init(moments: true), pass)
        }
    }

    static func attention(_ attention: Attention) -> Operation {
        let tokens = height * width, inner = attention.heads * attention.headWidth
        let label = "\(attention.heads) heads of \(attention.headWidth)"
        return Operation(testDescription: label, work: batch * 2 * inner * tokens * tokens) { _, pass in
            let projected = pass.allocate(batch: batch, height: height, width: width, channels: 3 * inner)
            if !pass.isMeasuring { projected.values.fill(0.5) }
            defer { pass.release(projected) }
            return attention(projected, pass)
        }
    }

    static let square = ConvolutionShape(sources: [16], outputs: 24, kernel: .square(3), padding: .same(1))

    static let operations: [Operation] =
        [1, 4, 16, 64].map { convolution(square, ConvolutionPlan(height: $0, width: $0)) } + [
            convolution(square, ConvolutionPlan(height: 64, width: 64), upsampled: true),
            convolution(square, .reference),
            convolution(.init(sources: [16, 16], outputs: 16, kernel: .square(3), padding: .same(1)), .init()),
            convolution(.init(sources: [16], outputs: 2, kernel: .square(3), padding: .same(1)), .init(height: 64)),
            convolution(.init(sources: [16], outputs: 40), .init()),
            convolution(.init(sources: [16], outputs: 8, kernel: Kernel(height: 1, width: 5), stride: 2), .init()),
            attention(Attention(heads: 2, headWidth: 8)), attention(Attention(heads: 3, headWidth: 20)),
            attention(Attention(heads: 1, headWidth: 32)),
            Operation(testDescription: "normed") { x, pass in
                let norm = GroupNorm(groups: 4, epsilon: 1e-5, weight: ramp(16), bias: ramp(16))
                let scale = norm([x], pass)
                defer { pass.release(scale) }
                return x.normed(scale, .silu, pass)
            },
            Operation(testDescription: "pooled") { $0.pooled($1) },
            Operation(testDescription: "upsampled") { $0.upsampled($1) },
            Operation(testDescription: "copied") { $0.copy($1) },
            Operation(testDescription: "added") { $0.adding($0, $1) },
            Operation(testDescription: "images") { _, pass in
                pass.activation(images: [ramp(3 * 48), ramp(3 * 48)], channels: 3, height: 8, width: 6)
            },
            Operation(testDescription: "rows") { _, pass in pass.activation(rows: [ramp(20), ramp(20)]) },
        ]

    private func input(_ pass: Pass) -> Activation {
        let x = pass.allocate(
            batch: Self.batch, height: Self.height, width: Self.width, channels: Self.channels, moments: true)
        if !pass.isMeasuring {
            x.values.fill(0.5)
            x.moments?.fill(1)
        }
        return x
    }

    /// Of all that an operation allocates only its result is left, while measuring and while computing.
    @Test(arguments: operations, [1, 2, 3])
    func anOperationReleasesWhatItTook(operation: Operation, threads: Int) throws {
        let owner = FloatBuffer(count: 0), compute = Compute(threads: threads)
        var passes = 0
        for _ in 0..<2 {  // measured and computed, then computed
            try compute.run(owner, batch: Self.batch, height: Self.height, width: Self.width) { pass in
                let x = input(pass), before = pass.held
                let result = operation.apply(x, pass)
                #expect(pass.held > before)
                pass.release(result)
                #expect(pass.held == before)
                pass.release(x)
                #expect(pass.held == 0)
                passes += 1
            }
        }
        #expect(passes == 3)
    }

    @Test(arguments: operations) func theCostIsTheWorkOfItsDefinition(operation: Operation) {
        for threads in [1, 3] {
            let cost = Compute.cost(threads: threads) { _ = operation.apply(input($0), $0) }
            #expect(cost.multiplyAdds == operation.work)
        }
    }

    @Test func costsAddUpAndStopAtTheLargestNumber() {
        let layer = Convolution(.init(sources: [16], outputs: 16), weight: ramp(256), bias: nil)
        func cost(times: Int, side: Int) -> Compute.Cost {
            Compute.cost(threads: 1) { pass in
                let x = pass.allocate(batch: 1, height: side, width: side, channels: 16)
                for _ in 0..<times { pass.release(layer(.init([x]), .init(), pass)) }
            }
        }
        let once = cost(times: 1, side: 4)
        #expect(once.multiplyAdds == 4 * 4 * 256)
        #expect(cost(times: 5, side: 4) == Compute.Cost(bytes: once.bytes, multiplyAdds: 5 * once.multiplyAdds))
        // 2^26 pixels a side and 2^8 pairs of channels: 2^60; as many again and again are no Int any more.
        #expect(cost(times: 1, side: 1 << 26).multiplyAdds == 1 << 60)
        #expect(cost(times: 9, side: 1 << 26).multiplyAdds == .max)
        #expect(Int(3).saturatingProduct(4, 5) == 60 && Int(1 << 40).saturatingProduct(1 << 40, 1) == .max)
    }

    /// Each operation is noted under its label, with the work that the cost counts; not while it is measured.
    @Test(arguments: operations) func operationsAreTimed(operation: Operation) throws {
        let owner = FloatBuffer(count: 0), compute = Compute(threads: 2)
        compute.profile = Profile()
        for _ in 0..<3 {
            try compute.run(owner, batch: Self.batch, height: Self.height, width: Self.width) { pass in
                _ = operation.apply(input(pass), pass)
            }
        }
        let entries = try #require(compute.profile?.entries)
        #expect(!entries.isEmpty && entries.allSatisfy { $0.calls == 3 && $0.time > .zero && !$0.label.isEmpty })
        #expect(entries.reduce(0) { $0 + $1.multiplyAdds } == 3 * operation.work)
    }
}
