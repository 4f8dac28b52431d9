/// Names of the files that a command makes images as: `00000.png`, `00001.png`, ...
enum ImageFileName {
    private static let digits = 5

    static func name(_ index: Int, _ format: ImageFormat) -> String {
        let number = String(index)
        return String(repeating: "0", count: max(0, digits - number.count)) + number + ".\(format.rawValue)"
    }

    /// Whether `name` is such a name, of whatever format.
    static func isOne(_ name: String) -> Bool {
        ImageFormat.allCases.contains { format in
            guard name.hasSuffix(".\(format.rawValue)") else { return false }
            let stem = name.dropLast(format.rawValue.count + 1)
            return Int(stem).map { self.name($0, format) == name } ?? false
        }
    }
}
