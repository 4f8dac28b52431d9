import Imaging
import JSON
import Jobs
import Logging

/// Writes each log entry as one line to standard error: a JSON object, or text for people.
///
/// What is logged is chosen where it is logged; this type only makes sure that nothing in it can forge a line: JSON
/// escapes control characters, and text is escaped alike.
package struct ServiceLogHandler: LogHandler {
    let label: String
    let format: Configuration.Log.Format
    let write: @Sendable ([UInt8]) -> Void
    let now: @Sendable () -> String
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]

    package init(
        label: String, format: Configuration.Log.Format, level: Logger.Level,
        write: @escaping @Sendable ([UInt8]) -> Void,
        now: @escaping @Sendable () -> String
    ) {
        self.label = label
        self.format = format
        self.write = write
        self.now = now
        logLevel = level
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:]) { _, new in new }
        switch format {
        case .json: write(json(event, fields))
        case .text: write(text(event, fields))
        }
    }

    private func json(_ event: LogEvent, _ fields: Logger.Metadata) -> [UInt8] {
        var line: JSONObject = [
            "time": .string(now()), "level": .string(event.level.rawValue), "logger": .string(label),
            "message": .string("\(event.message)"),
        ]
        for (key, value) in fields.sorted(by: { $0.key < $1.key }) where line[key] == nil {
            line[key] = Self.json(value)
        }
        return line.serialized() + [UInt8(ascii: "\n")]
    }

    private func text(_ event: LogEvent, _ fields: Logger.Metadata) -> [UInt8] {
        var line = "\(now()) \(event.level.rawValue.uppercased()) \(label): \(event.message)"
        for (key, value) in fields.sorted(by: { $0.key < $1.key }) { line += " \(key)=\(value)" }
        let escaped = line.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "\u{FFFD}" : String($0) }
        return Array((escaped.joined() + "\n").utf8)
    }

    /// Numbers that were logged as such stay numbers.
    private static func json(_ value: Logger.Metadata.Value) -> JSONValue {
        switch value {
        case .string(let text): .string(text)
        case .stringConvertible(let number as Int): .integer(number)
        case .stringConvertible(let number as Double): .double(number)
        case .stringConvertible(let other): .string(other.description)
        case .array(let elements): .array(elements.map(json))
        case .dictionary(let members):
            .object(JSONObject(members.sorted { $0.key < $1.key }.map { ($0.key, json($0.value)) }))
        }
    }
}

extension Logger {
    /// The logger of one part of the service.
    static func service(
        _ label: String, _ log: Configuration.Log,
        write: @escaping @Sendable ([UInt8]) -> Void = Platform.writeToStandardError
    ) -> Logger {
        let level = Logger.Level(rawValue: log.level.rawValue) ?? .info
        return Logger(label: label) { label in
            ServiceLogHandler(
                label: label, format: log.format, level: level, write: write,
                now: { Timestamp.now.rfc3339 })
        }
    }
}
