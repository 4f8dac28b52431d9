import Bytes
import Imaging
import JSON

/// What became of each model when the models were loaded anew.
struct ModelReload: Sendable {
    enum Outcome: String, Sendable {
        /// It was not there before.
        case loaded
        /// It is another than before.
        case changed
        case unchanged
        /// It is no longer configured.
        case removed
        /// It cannot be loaded: what was there before stays, if anything was.
        case failed
    }

    struct Entry: Sendable {
        let name: String
        let path: String
        let outcome: Outcome
        let weightsSHA256: String?
        var detail: String?
    }

    private(set) var versions: [ModelShelf.Version] = []
    private(set) var entries: [Entry] = []

    /// Loads what is new or has changed; nothing is put in place by this.
    /// - Parameters:
    ///   - references: as the configuration lists them now.
    ///   - current: the models that are there.
    init(
        _ references: [Configuration.ModelReference], current: [ModelShelf.Version], load: ModelLoad,
        fingerprint: (Configuration.ModelReference) throws -> Digest
    ) {
        for reference in references {
            // A folder is known by its path, which the configuration has for each.
            let old =
                current.first { $0.reference == reference } ?? current.first { $0.reference.path == reference.path }
            do {
                if let old, old.reference == reference, try fingerprint(reference) == old.fingerprint {
                    keep(old, .unchanged)
                    continue
                }
                let version = try load(reference)
                if versions.contains(where: { $0.name == version.name }) {
                    throw ModelLoadingError(
                        path: reference.path, reason: "the name \(version.name) is taken by another model")
                }
                let isKnown = current.contains { $0.name == version.name }
                keep(version, isKnown ? .changed : .loaded)
            } catch {
                let failure = error as? ModelLoadingError ?? .init(path: reference.path, reason: "\(error)")
                fail(reference, old, failure.description)
            }
        }
        let names = Set(versions.map(\.name))
        for old in current where !names.contains(old.name) {
            entries.append(.init(old, .removed))
        }
    }

    private mutating func keep(_ version: ModelShelf.Version, _ outcome: Outcome) {
        versions.append(version)
        entries.append(.init(version, outcome))
    }

    private mutating func fail(
        _ reference: Configuration.ModelReference, _ old: ModelShelf.Version?, _ detail: String
    ) {
        var entry = Entry(
            name: reference.name ?? old?.name ?? "", path: reference.path, outcome: .failed,
            weightsSHA256: old?.jobReference.weightsSHA256)
        entry.detail = detail
        entries.append(entry)
        if let old, !versions.contains(where: { $0.name == old.name }) { versions.append(old) }
    }

    /// As the route answers it.
    var json: JSONObject {
        let items = entries.map { entry -> JSONValue in
            var object: JSONObject = [
                "name": .string(entry.name), "outcome": .string(entry.outcome.rawValue),
                "weights_sha256": entry.weightsSHA256.map { .string($0) } ?? .null,
            ]
            if let detail = entry.detail { object["detail"] = .string(detail.excerpt(1_000)) }
            return .object(object)
        }
        return ["items": .array(items)]
    }
}

/// Loads a model.
typealias ModelLoad = (Configuration.ModelReference) throws -> ModelShelf.Version

extension ModelReload.Entry {
    fileprivate init(_ version: ModelShelf.Version, _ outcome: ModelReload.Outcome) {
        self.init(
            name: version.name, path: version.reference.path, outcome: outcome,
            weightsSHA256: version.jobReference.weightsSHA256)
    }
}
