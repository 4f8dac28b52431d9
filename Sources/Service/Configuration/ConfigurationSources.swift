import FoundationEssentials
import JSON

/// Where settings come from: the file, over it the environment.
public struct ConfigurationSources: Sendable {
    public let file: String?
    public let environment: [String: String]
    public let workingDirectory: String

    /// - Parameters:
    ///   - file: path of `config.json`; relative paths in it start from its own folder.
    ///   - environment: variables; relative paths in `PHANTOM_...` start from `workingDirectory`, as do the defaults'.
    public init(
        file: String?, environment: [String: String] = ProcessInfo.processInfo.environment,
        workingDirectory: String = FileManager.default.currentDirectoryPath
    ) {
        self.file = file
        self.environment = environment
        self.workingDirectory = workingDirectory
    }

    /// Defaults, overridden by the file, overridden by the environment.
    public func read() throws(ConfigurationError) -> Configuration {
        var configuration = Configuration()
        configuration.database = .sqlite(path: "\(workingDirectory)/phantom.sqlite")
        if let file { try apply(file: file, to: &configuration) }
        for key in ConfigurationKey.all { try apply(variable: key, to: &configuration) }
        return configuration
    }

    /// Variables that look like settings and are none, with the reason. Only worth a warning: an orchestrator adds its
    /// own.
    public var ignoredVariables: [String: String] {
        let known = Set(ConfigurationKey.all.map(\.variable))
        var reasons: [String: String] = [:]
        for name in environment.keys where name.hasPrefix("PHANTOM_") {
            if isServiceLink(name) {
                reasons[name] = "an address that Kubernetes sets for a Service of this name"
            } else if !known.contains(name) {
                reasons[name] = "no setting has this name"
            }
        }
        return reasons
    }

    /// Kubernetes tells every pod beside a Service named phantom where that is, as Docker did for links:
    /// `PHANTOM_PORT=tcp://10.0.0.1:80`. It says nothing about this process. No setting begins like that.
    private func isServiceLink(_ variable: String) -> Bool {
        ["tcp://", "udp://", "sctp://"].contains { environment[variable]?.hasPrefix($0) ?? false }
    }

    private func apply(file: String, to configuration: inout Configuration) throws(ConfigurationError) {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw ConfigurationError(source: file, expected: "a file that can be read", got: "none")
        }
        let absolute = file.hasPrefix("/") ? file : "\(workingDirectory)/\(file)"
        let folder = String(absolute[..<(absolute.lastIndex(of: "/") ?? absolute.endIndex)])
        let value: JSONValue
        do throws(JSONSyntaxError) {
            value = try JSONReader().read([UInt8](data))
        } catch {
            throw ConfigurationError(source: file, expected: "JSON", got: "\(error)")
        }
        do throws(JSONMismatch) {
            try ConfigurationLayer(root: JSONCursor(value), folder: folder).apply(to: &configuration)
        } catch {
            throw ConfigurationError(source: file, pointer: error.pointer, expected: error.expected, got: error.got)
        }
    }

    private func apply(
        variable key: ConfigurationKey, to configuration: inout Configuration
    ) throws(ConfigurationError) {
        guard let text = environment[key.variable], !isServiceLink(key.variable) else { return }
        var value = value(of: text, kind: key.kind)
        for name in key.path.reversed() { value = .object([name: value]) }
        do throws(JSONMismatch) {
            try ConfigurationLayer(root: JSONCursor(value), folder: workingDirectory).apply(to: &configuration)
        } catch {
            // Of one value there is nothing to point into; what names a secret is not repeated.
            let pointer = if case .json = key.kind { error.pointer } else { "" }
            throw ConfigurationError(
                source: key.variable, pointer: pointer, expected: error.expected, got: error.got)
        }
    }

    /// The text of a variable, in the shape that the file would have.
    private func value(of text: String, kind: ConfigurationKey.Kind) -> JSONValue {
        let parts = text.split(separator: ",").map(String.init)
        switch kind {
        case .string, .word: return .string(text)
        case .number:
            // What is no number stays a string, so that the complaint can show it.
            if let number = try? JSONReader().read(text), case .number = number { return number }
            return .string(text)
        case .json: return (try? JSONReader().read(text)) ?? .string(text)
        case .strings: return .array(parts.map { .string($0) })
        case .models:
            return .array(
                parts.map { part in
                    guard let equals = part.firstIndex(of: "=") else { return ["path": .string(part)] }
                    let (name, path) = (part[..<equals], part[part.index(after: equals)...])
                    return ["name": .string(String(name)), "path": .string(String(path))]
                })
        }
    }
}
