import Foundation
import Service
import TestSupport

extension Configuration {
    /// What is read of a file with this text, and of these variables.
    static func read(_ json: String? = nil, environment: [String: String] = [:]) throws -> Configuration {
        let folder = try TemporaryFolder()
        var file: String?
        if let json {
            file = "\(folder.path)/config.json"
            try Data(json.utf8).write(to: URL(fileURLWithPath: "\(folder.path)/config.json"))
        }
        var configuration = try ConfigurationSources(file: file, environment: environment, workingDirectory: "/srv").read()
        // The folder's name is another in every run.
        configuration.models = configuration.models.map {
            .init(name: $0.name, path: $0.path.replacingOccurrences(of: folder.path, with: "FOLDER"))
        }
        if case .sqlite(let path) = configuration.database {
            configuration.database = .sqlite(path: path.replacingOccurrences(of: folder.path, with: "FOLDER"))
        }
        return configuration
    }
}
