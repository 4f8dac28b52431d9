import Checkpoints
import Networks
import Tensors
import Testing

/// Forward passes of diffusers' own UNet2DModel over small random models that cover the configuration's fields
/// (Tests/Fixtures/networks/make_goldens.py).
struct UNetGoldenTests {
    static let cases = [
        "default_positional", "cifar_like", "fourier", "learned_time", "class_table_resnet_resampling",
        "class_timestep_bare_mid_attention", "class_identity_without_mid", "odd_channels_gelu",
        "mish_without_mid_attention", "relu_single_level",
    ]

    struct Golden {
        let unet: UNet
        let rows: [UNetRow]
        let height: Int, width: Int
        let output: [[Float]]

        init(_ name: String, purpose: Purpose = .inference) throws {
            let path = Fixtures.path("networks/\(name)")
            let folder = try ModelFolder(path: path)
            let configuration = try UNetConfiguration(json: folder.unetConfiguration)
            unet = try UNet(configuration: configuration, weights: folder.weights, purpose: purpose)
            let file = try SafetensorsFile(path: "\(path)/golden.safetensors")
            let shape = try #require(file.entry("sample")?.shape)
            (height, width) = (shape[2], shape[3])
            let samples = try file.floats("sample").split(into: shape[0])
            let timesteps = try file.floats("timestep")
            let labels = file.entry("class_labels") == nil ? nil : try file.floats("class_labels").split(into: shape[0])
            rows = samples.indices.map { n in
                var row = UNetRow(sample: samples[n], timestep: timesteps[n])
                switch configuration.classEmbedding {
                case .table: row.condition = .rows(labels?[n].map { Int($0) } ?? [])
                case .timestep: row.condition = labels?[n].first.map { .value($0) } ?? .none
                case .identity: row.condition = labels.map { .vector($0[n]) } ?? .none
                case nil: break
                }
                return row
            }
            output = try file.floats("output").split(into: shape[0])
        }
    }

    /// The largest error in units of the output's standard deviation, as performance.md's bar states it.
    static func error(_ result: [[Float]], _ expected: [[Float]]) -> Double {
        let values = expected.joined().map(Double.init), mean = values.reduce(0, +) / Double(values.count)
        let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
        return zip(result.joined(), values).map { abs(Double($0) - $1) }.max().map { $0 / deviation } ?? .infinity
    }

    @Test(arguments: cases) func equalsDiffusers(name: String) throws {
        let golden = try Golden(name)
        let compute = Compute(threads: 2)
        let result = try golden.unet.evaluate(golden.rows, height: golden.height, width: golden.width, compute: compute)
        let error = Self.error(result, golden.output)
        // Measured: up to 2.8e-5 by F(6,3), which layers of more than 128 tiles take; the bar is 1e-4.
        #expect(error < 4e-5, "\(name): \(error) standard deviations")
    }

    @Test(arguments: cases) func theOpenBLASPathAgrees(name: String) throws {
        let golden = try Golden(name, purpose: .reference)
        let compute = Compute(threads: 1)
        let result = try golden.unet.evaluate(golden.rows, height: golden.height, width: golden.width, compute: compute)
        #expect(Self.error(result, golden.output) < 1e-5)
    }

    @Test(arguments: cases) func bitsDependOnNeitherBatchThreadsNorTier(name: String) throws {
        let golden = try Golden(name)
        func evaluate(_ rows: [UNetRow], _ compute: Compute) throws -> [[Float]] {
            try golden.unet.evaluate(rows, height: golden.height, width: golden.width, compute: compute)
        }
        let alone = try evaluate([golden.rows[0]], Compute(threads: 1))[0]
        for tier in KernelTier.available {
            let compute = Compute(threads: 2, tier: tier)
            for batch in [1, 2, 3, 7] {
                let others = (1..<batch).map { golden.rows[$0 % golden.rows.count] }
                let result = try evaluate(others + [golden.rows[0]], compute)
                #expect(result[batch - 1] == alone, "\(tier), batch \(batch)")
            }
        }
    }
}

extension [Float] {
    /// Equal parts, one after the other.
    func split(into parts: Int) -> [[Float]] {
        let size = count / parts
        return (0..<parts).map { Array(self[$0 * size..<($0 + 1) * size]) }
    }
}
