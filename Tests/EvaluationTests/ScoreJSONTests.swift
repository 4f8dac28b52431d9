import Testing

@testable import Evaluation

@Suite struct ScoreJSONTests {
    @Test func aNumberStandsWithItsIntervalAndWhatItWasMadeOf() {
        var score = Score("kid", value: 0.5, counts: (3, 4), features: "inception-v3", direction: .lower)
        score.interval = 0.25...0.75
        score.deviation = 0.125
        score.warnings = ["few"]
        let expected = """
            {"value":0.5,"interval":[0.25,0.75],"std":0.125,"n_real":3,"n_synthetic":4,"features":"inception-v3",\
            "direction":"lower","warnings":["few"],"reason":null}
            """
        #expect(String(decoding: score.json.serialized(), as: UTF8.self) == expected)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func whatIsNoNumberIsNullWithAReason(value: Double) {
        let score = Score("fid", value: value, counts: (1, 1), features: nil, direction: .none)
        #expect(score.json["value"]?.isNull == true)
        #expect(score.json["reason"]?.string?.isEmpty == false)
        #expect(score.json["features"]?.isNull == true)
    }
}
