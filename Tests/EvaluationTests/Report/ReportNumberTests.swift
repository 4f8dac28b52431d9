import Testing

@testable import Evaluation

@Suite struct ReportNumberTests {
    @Test(arguments: [
        (0.0, "0"), (-0.0, "0"), (1.5, "1.5"), (0.012345, "0.01235"), (-2.3456, "-2.346"), (99_995, "100000"),
        (12_345_678, "12350000"), (9_999.6, "10000"), (1000.4, "1000"), (2.3111e-5, "2.311e-05"), (0.99999, "1"),
        (123.456, "123.5"), (.nan, "none"), (.infinity, "none"), (1e300, "1e+300"),
    ])
    func `Numbers have four digits`(value: Double, text: String) {
        #expect(ReportNumber.text(value) == text)
    }

    @Test func `Intervals and shares are written out`() {
        #expect(ReportNumber.text(-0.5...2) == "-0.5 to 2")
        #expect(ReportNumber.percent(0.0625) == "6.25 %")
    }
}
