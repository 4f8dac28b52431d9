import Networks
import Tensors
import Testing

/// Evaluations that cannot be made.
struct UNetErrorTests {
    typealias Golden = UNetGoldenTests.Golden

    private func error(
        _ golden: Golden, height: Int? = nil, width: Int? = nil, changing change: (inout [UNetRow]) -> Void = { _ in }
    ) -> UNetError? {
        var rows = golden.rows
        change(&rows)
        return #expect(throws: UNetError.self) {
            try golden.unet.evaluate(
                rows, height: height ?? golden.height, width: width ?? golden.width, compute: Compute(threads: 1))
        }
    }

    @Test func sizesThatTheLevelsDoNotHalve() throws {
        let golden = try Golden("default_positional"), multiple = golden.unet.configuration.sizeMultiple
        #expect(multiple > 1)
        for (height, width) in [
            (0, multiple), (multiple, 0), (-multiple, multiple), (multiple + 1, multiple), (multiple, multiple - 1),
            ((1 << 16) + multiple, multiple), (multiple, 1 << 40),
        ] {
            let expected = UNetError.size(height: height, width: width, multiple: multiple)
            #expect(error(golden, height: height, width: width) == expected)
            #expect(throws: expected) { try golden.unet.cost(batch: 1, height: height, width: width, threads: 1) }
        }
        let text = "height and width: expected positive multiples of 4, got 6 x 0"
        #expect(UNetError.size(height: 6, width: 0, multiple: 4).description == text)
    }

    @Test func noRowsAndSamplesOfAnotherSize() throws {
        let golden = try Golden("default_positional"), count = golden.rows[0].sample.count
        #expect(error(golden) { $0 = [] } == .noRows)
        #expect(UNetError.noRows.description == "expected at least one row to evaluate, got none")
        for got in [0, count - 1, count + 1] {
            let last = golden.rows.count - 1
            let error = error(golden) { $0[last].sample = [Float](repeating: 0, count: got) }
            #expect(error == .sample(index: last, expected: count, got: got))
        }
        let text = "sample of row 3: expected 12 values, got 1"
        #expect(UNetError.sample(index: 3, expected: 12, got: 1).description == text)
    }

    @Test func timesThatHaveNoEmbedding() throws {
        let sinusoids = try Golden("default_positional"), table = try Golden("learned_time")
        for time in [Float.infinity, -.infinity] {
            #expect(error(sinusoids) { $0[0].timestep = time } == .timestep(index: 0, time))
        }
        // NaN is equal to nothing, itself among it.
        guard case .timestep(index: 0, let time)? = error(sinusoids, changing: { $0[0].timestep = .nan }) else {
            Issue.record("expected a refusal of the time")
            return
        }
        #expect(time.isNaN)
        let rows = Float(try #require(table.unet.configuration.numTrainTimesteps))
        for time in [-1, 0.5, rows, .infinity] {
            #expect(error(table) { $0[1].timestep = time } == .timestep(index: 1, time))
        }
        let text = "timestep of row 1: expected a time the model has an embedding for, got 0.5"
        #expect(UNetError.timestep(index: 1, 0.5).description == text)
    }

    @Test func conditionsOfAnotherKind() throws {
        let none = try Golden("default_positional"), table = try Golden("class_table_resnet_resampling")
        let value = try Golden("class_timestep_bare_mid_attention")
        let vector = try Golden("class_identity_without_mid")
        let expected = "none, the model is unconditional"
        for (input, got) in [
            (.rows([0]), "1 rows of a class table"), (.value(1), "a class value"), (.vector([1]), "a class vector of 1 numbers"),
        ] as [(ClassInput, String)] {
            #expect(error(none) { $0[0].condition = input } == .condition(expected: expected, got: got))
        }
        guard case .table(let rows)? = table.unet.configuration.classEmbedding else {
            Issue.record("expected a model with a class table")
            return
        }
        for (input, got) in [
            (.none, "none"), (.rows([]), "0 rows of a class table"), (.value(1), "a class value"),
        ] as [(ClassInput, String)] {
            let expected = "at least one row of the class table"
            #expect(error(table) { $0[0].condition = input } == .condition(expected: expected, got: got))
        }
        for wrong in [-1, rows] {
            let expected = "rows of the class table, 0 to \(rows - 1)"
            #expect(
                error(table) { $0[0].condition = .rows([0, wrong]) } == .condition(expected: expected, got: "\(wrong)"))
        }
        #expect(error(value) { $0[0].condition = .none } == .condition(expected: "a class value", got: "none"))
        let embedded = "a class value the model has a time embedding for"
        #expect(error(value) { $0[0].condition = .value(.infinity) } == .condition(expected: embedded, got: "inf"))
        let width = vector.unet.configuration.timeEmbeddingDim
        for got in [0, width - 1, width + 1] {
            let expected = "a class vector of \(width) numbers"
            let error = error(vector) { $0[0].condition = .vector([Float](repeating: 0, count: got)) }
            #expect(error == .condition(expected: expected, got: "a class vector of \(got) numbers"))
        }
        let text = "condition: expected none, the model is unconditional, got a class value"
        #expect(UNetError.condition(expected: expected, got: "a class value").description == text)
    }

    /// A class value is embedded as a timestep is: where that is a table, it has to name one of its rows.
    @Test func classValuesThatTheTableDoesNotHave() throws {
        let unet = try UNet.classValuesByTable(), compute = Compute(threads: 1)
        func evaluate(_ value: Float) throws {
            let row = UNetRow(sample: [Float](repeating: 0, count: 3 * 64), timestep: 0, condition: .value(value))
            _ = try unet.evaluate([row], height: 8, width: 8, compute: compute)
        }
        for value in [0, 999] as [Float] { try evaluate(value) }
        for value in [1000, -1, 0.5, 1e30, .infinity] as [Float] {
            let expected = "a class value the model has a time embedding for"
            #expect(throws: UNetError.condition(expected: expected, got: "\(value)")) { try evaluate(value) }
        }
    }
}

extension UNet {
    /// A network whose timesteps and class values are rows of one table of 1000.
    fileprivate static func classValuesByTable() throws -> UNet {
        try UNet(
            configuration: UNetConfiguration(json: UNetConfigurationTests.classValuesByTable),
            weights: FormulaWeights.weights)
    }
}
