/// Two numbers and a comma, as options have them: `0.1,0.8`.
enum NumberPair {
    /// - Returns: both; nil where the text has fewer or more parts, or a part that is no number.
    static func read<Number: LosslessStringConvertible>(_ text: String, of: Number.Type = Number.self) -> [Number]? {
        let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Number(String($0)) }
        let known = numbers.compactMap { $0 }
        return numbers.count == 2 && known.count == 2 ? known : nil
    }
}
