import ArgumentParser
import JSON

/// `--resample length,count`: how the run goes back up its levels and down again.
struct ResamplingOption: ParsableArguments {
    @Option(
        name: .customLong("resample"),
        help: ArgumentHelp(
            "Walks each stretch of so many steps so many times; 1,1 is once, without returns.",
            valueName: "length,count"))
    var text: String?

    func validate() throws {
        if let text, numbers == nil {
            throw ValidationError("--resample: expected two whole numbers and a comma, such as 10,5, got \(text).")
        }
    }

    /// The field `resample` of a request; nil if the option is not given.
    var json: JSONValue? { numbers.map { ["length": .integer($0[0]), "count": .integer($0[1])] } }

    private var numbers: [Int]? { text.flatMap { NumberPair.read($0) } }
}
