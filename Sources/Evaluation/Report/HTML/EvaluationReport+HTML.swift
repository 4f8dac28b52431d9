import Images

extension EvaluationReport {
    /// The page `report.html`: one file without scripts, that asks for nothing from elsewhere, of less than 5 MB. Where
    /// it would grow beyond that, fewer and smaller images are shown.
    /// - Throws: `EvaluationError` where the tables alone are too large; `ImageError` where memory runs out.
    public func html() throws -> [UInt8] {
        var pictureBytes = 3_400_000
        while true {
            var page = ReportPage(self, pictureBytes: pictureBytes)
            let bytes = Array(try page.html().utf8)
            if bytes.count < ReportPage.mostBytes { return bytes }
            guard pictureBytes > 0 else {
                throw EvaluationError(
                    "report.html", expected: "less than \(ReportPage.mostBytes) bytes",
                    got: "\(bytes.count) without any picture")
            }
            pictureBytes = pictureBytes > 50_000 ? pictureBytes / 2 : 0
        }
    }
}
