import Bytes
import Copies

/// What was found of each image, as a table of comma-separated values.
extension CopyReport {
    public static let columns = "file,score,correlation,rank,of,copy"

    /// A row of the table.
    /// - Parameter match: nil for an image of one level, which is like none.
    public func row(_ name: String, _ match: CopyMatch?) -> String {
        let name = CSVField.text(name)
        guard let match else { return "\(name),,,,\(calibration.scores.count),false" }
        let numbers = [match.score, match.correlation].map { "\((Double($0) * 1000).rounded() / 1000)" }
        return "\(name),\(numbers.joined(separator: ",")),\(calibration.rank(of: match.score)),"
            + "\(calibration.scores.count),\(match.score > calibration.threshold)"
    }
}
