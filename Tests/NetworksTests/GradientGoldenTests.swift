import Checkpoints
import Networks
import Tensors
import Testing

/// Gradients of the mean squared error against PyTorch's in float64 (Tests/Fixtures/gradients/make_gradients.py), of
/// networks that cover the configuration's fields, at sizes that no tile divides.
struct GradientGoldenTests {
    struct Golden {
        let file: SafetensorsFile
        let network: TrainableUNet
        let rows: [TrainingRow]
        let size: (height: Int, width: Int)
        let targets: [[Float]]

        init(_ name: String, dropout: Double = 0) throws {
            let folder = try ModelFolder(path: Fixtures.path("networks/\(name)"))
            let configuration = try UNetConfiguration(json: folder.unetConfiguration)
            network = try TrainableUNet(configuration: configuration, dropout: dropout)
            try network.load(network.values(of: folder.weights))
            file = try SafetensorsFile(path: Fixtures.path("gradients/\(name).safetensors"))
            let shape = try #require(file.entry("sample")?.shape)
            size = (shape[2], shape[3])
            let samples = try file.floats("sample").split(into: shape[0])
            let timesteps = try file.floats("timestep")
            let labels = file.entry("class_labels") == nil ? nil : try file.floats("class_labels").split(into: shape[0])
            rows = samples.indices.map { n in
                var row = UNetRow(sample: samples[n], timestep: timesteps[n])
                switch (configuration.classEmbedding, labels?[n]) {
                case (.table, let labels?): row.condition = .rows(labels.map { Int($0) })
                case (.timestep, let labels?): row.condition = .value(labels[0])
                case (.identity, let labels?): row.condition = .vector(labels)
                default: break
                }
                return TrainingRow(row, dropoutKey: UInt64(n))
            }
            targets = try file.floats("target").split(into: shape[0])
        }

        /// The loss, and its gradient with respect to every parameter.
        func gradients(_ compute: Compute) throws -> (loss: Double, values: [Float]) {
            var gradients = [Float](repeating: 0, count: network.parameters.elementCount), loss = 0.0
            let count = Double(targets.reduce(0) { $0 + $1.count })
            try network.accumulate(rows, size: size, compute: compute, into: &gradients) { outputs in
                zip(outputs, targets).map { output, target in
                    zip(output, target).map { y, t in
                        let difference = Double(y) - Double(t)
                        loss += difference * difference / count
                        return Float(2 * difference / count)
                    }
                }
            }
            return (loss, gradients)
        }
    }

    @Test(arguments: UNetGoldenTests.cases) func equalsPyTorch(name: String) throws {
        let golden = try Golden(name), file = golden.file
        let (loss, gradients) = try golden.gradients(Compute(threads: 2))
        #expect(abs(loss / Double(try file.floats("loss")[0]) - 1) < 1e-6)
        let total = Double(try file.floats("total")[0])
        for parameter in golden.network.parameters.parameters {
            let values = gradients[parameter.start..<parameter.start + parameter.count].map(Double.init)
            guard file.entry("\(parameter.name).some") != nil else {
                // The random features of a Fourier embedding are no trained parameter in diffusers.
                #expect(parameter.name == "time_proj.weight" && values.allSatisfy { $0 == 0 }, "\(name)")
                continue
            }
            let expected = try file.floats("\(parameter.name).some").map(Double.init)
            let norm = Double(try file.floats("\(parameter.name).norm")[0])
            let stride = Int(try file.floats("\(parameter.name).stride")[0])
            let some = Swift.stride(from: 0, to: values.count, by: stride).map { values[$0] }
            #expect(some.count == expected.count)
            let difference = zip(some, expected).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } * Double(stride)
            // Measured: up to 4e-5.
            let error = difference.squareRoot() / max(norm, 1e-3 * total)
            #expect(error < 1e-4, "\(name), \(parameter.name): \(error)")
            let ownNorm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
            #expect(abs(ownNorm - norm) < 1e-4 * max(norm, 1e-3 * total), "\(name), \(parameter.name)")
        }
    }

    @Test(arguments: UNetGoldenTests.cases) func bitsDependOnNeitherThreadsNorTier(name: String) throws {
        let golden = try Golden(name, dropout: 0.25), first = try golden.gradients(Compute(threads: 1)).values
        for (index, tier) in KernelTier.available.enumerated() {
            let other = try golden.gradients(Compute(threads: index + 1, tier: tier)).values
            #expect(first.map(\.bitPattern) == other.map(\.bitPattern), "\(name), \(tier), \(index + 1) threads")
        }
    }

    /// Parts of a batch add up to the whole, but for rounding; and nothing is assigned that should be added.
    @Test func gradientsAddUp() throws {
        let golden = try Golden("class_table_resnet_resampling"), compute = Compute(threads: 2)
        func gradient(_ parts: [Range<Int>]) throws -> [Float] {
            var sum = [Float](repeating: 0, count: golden.network.parameters.elementCount)
            for part in parts {
                try golden.network.accumulate(
                    Array(golden.rows[part]), size: golden.size, compute: compute, into: &sum
                ) { outputs in
                    zip(outputs, golden.targets[part]).map { zip($0, $1).map { y, t in y - t } }
                }
            }
            return sum
        }
        let whole = try gradient([0..<3]), parts = try gradient([0..<1, 1..<3])
        let norm = whole.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        let error = zip(whole, parts).reduce(0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }.squareRoot()
        #expect(error < 1e-6 * norm)
    }

    /// A row of the class table that counts half has half the gradient.
    @Test func classRowsHaveCoefficients() throws {
        var golden = try Golden("class_table_resnet_resampling")
        let table = try #require(golden.network.parameters["class_embedding.weight"]), width = table.shape[1]
        golden = try golden.with { 
            $0 = TrainingRow(
                sample: $0.row.sample, timestep: $0.row.timestep,
                classRows: [(row: 1, coefficient: 0.5), (row: 3, coefficient: -0.25)])
        }
        let gradient = try golden.gradients(Compute(threads: 1)).values
        let first = gradient[table.start + width..<table.start + 2 * width]
        let second = gradient[table.start + 3 * width..<table.start + 4 * width]
        #expect(first.contains { $0 != 0 })
        for (a, b) in zip(first, second) { #expect(abs(a + 2 * b) <= 1e-6 * abs(a)) }
        #expect(gradient[table.start..<table.start + width].allSatisfy { $0 == 0 })
    }

    /// A class value that is embedded by the table of timesteps trains its row too: against differences of the loss.
    @Test func classValuesTrainTheTableOfTimesteps() throws {
        let network = try TrainableUNet(configuration: UNetConfiguration(json: UNetConfigurationTests.classValuesByTable))
        let compute = Compute(threads: 1), values = try network.values(of: FormulaWeights.weights)
        let rows = [
            TrainingRow(
                UNetRow(sample: FormulaWeights.uniform("sample", 3 * 64), timestep: 3, condition: .value(7)))
        ]
        func sum(_ values: [Float]) throws -> Double {
            try network.load(values)
            let output = try network.evaluate(rows, height: 8, width: 8, compute: compute)[0]
            return output.reduce(0) { $0 + Double($1) }
        }
        var gradient = [Float](repeating: 0, count: values.count)
        try network.load(values)
        try network.accumulate(rows, size: (8, 8), compute: compute, into: &gradient) { outputs in
            outputs.map { $0.map { _ in 1 } }
        }
        let table = try #require(network.parameters["time_proj.weight"]), width = table.shape[1]
        for (row, isUsed) in [(3, true), (5, false), (7, true)] {
            let range = table.start + row * width..<table.start + (row + 1) * width
            let slope = gradient[range].reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
            #expect((slope > 0) == isUsed, "row \(row)")
            guard isUsed else { continue }
            // Along the gradient, by its own length of 0.01 to either side.
            let sums = try [0.01, -0.01].map { step in
                var moved = values
                for place in range { moved[place] += Float(step / slope) * gradient[place] }
                return try sum(moved)
            }
            #expect(abs((sums[0] - sums[1]) / 0.02 - slope) < 0.001 * slope, "row \(row)")
        }
    }
}

extension GradientGoldenTests.Golden {
    private init(_ other: Self, rows: [TrainingRow]) {
        (file, network, size, targets) = (other.file, other.network, other.size, other.targets)
        self.rows = rows
    }

    /// The same with other rows.
    fileprivate func with(_ change: (inout TrainingRow) -> Void) throws -> Self {
        var rows = rows
        for index in rows.indices { change(&rows[index]) }
        return Self(self, rows: rows)
    }
}
