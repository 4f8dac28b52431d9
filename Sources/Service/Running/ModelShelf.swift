import Bytes
import Imaging
import Jobs
import Locking

/// The models that are there now, and those of earlier times that accepted jobs still need.
package final class ModelShelf: Sendable {
    /// A model as it was loaded.
    struct Version: Sendable {
        let reference: Configuration.ModelReference
        let model: ServedModel
        /// What searches its images among those of training; nil where nothing does.
        let watch: CopyWatch?
        /// Of all files that it was made of.
        let fingerprint: Digest

        var name: String { model.facts.name }

        /// As jobs name it.
        var jobReference: Jobs.ModelReference {
            .init(name: name, weightsSHA256: model.facts.generation.weightsSHA256.hexadecimal)
        }
    }

    private struct Retired {
        let version: Version
        let since: ContinuousClock.Instant
    }

    private struct State {
        var current: [Version]
        var retired: [Retired] = []
        var settings: DiffusionRunner.Settings
    }

    private let state: Lock<State>

    init(_ versions: [Version], settings: DiffusionRunner.Settings) {
        state = Lock(State(current: versions, settings: settings))
    }

    var current: [Version] { state.withLock { $0.current } }
    var settings: DiffusionRunner.Settings { state.withLock { $0.settings } }

    /// Every model in memory.
    var all: [Version] { state.withLock { $0.current + $0.retired.map(\.version) } }

    /// The model that a job was accepted for; else the present one of its name, which is another.
    /// - Parameter definition: of the model, where the job says it: one of the same weights may be used otherwise.
    func find(_ reference: Jobs.ModelReference, definition: String?) -> Version? {
        let named = all.filter { $0.name == reference.name }
        let same = named.filter { $0.jobReference == reference }
        return same.first { $0.model.facts.definition == definition } ?? same.first ?? named.first
    }

    /// Puts other models in the place of those that are there. What is not among them goes on to serve the jobs that
    /// were accepted for it, until `release`.
    func replace(_ versions: [Version], settings: DiffusionRunner.Settings) {
        let kept = Set(versions.map { ObjectIdentifier($0.model) })
        state.withLock { state in
            let gone = state.current.filter { !kept.contains(ObjectIdentifier($0.model)) }
            state.retired += gone.map { Retired(version: $0, since: .now) }
            (state.current, state.settings) = (versions, settings)
        }
    }

    /// How long a model stays at least that is there no more: a request that was checked against it may be on its way
    /// into the queue.
    private static let grace = Duration.seconds(60)

    /// Lets go of models that no job needs any more, and of those by which none would be made: of the same weights and
    /// definition another is found first.
    /// - Parameter isNeeded: whether a job that has not ended names the model.
    /// - Returns: whether any went.
    func release(at now: ContinuousClock.Instant = .now, isNeeded: (Jobs.ModelReference) -> Bool) -> Bool {
        let candidates = state.withLock { state in
            state.retired.filter { $0.since + Self.grace <= now }.map(\.version)
        }
        let gone = Set(
            candidates.filter { version in
                let found = find(version.jobReference, definition: version.model.facts.definition)
                return found?.model !== version.model || !isNeeded(version.jobReference)
            }.map { ObjectIdentifier($0.model) })
        guard !gone.isEmpty else { return false }
        state.withLock { state in
            state.retired.removeAll { gone.contains(ObjectIdentifier($0.version.model)) }
        }
        return true
    }
}
