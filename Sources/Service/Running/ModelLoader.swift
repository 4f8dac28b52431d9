import Bytes
import Checkpoints
import Copies
import FoundationEssentials
import Imaging
import JSON
import Jobs
import Logging
import Tensors

/// Brings model folders into memory, as the configuration asks for them.
struct ModelLoader: Sendable {
    let configuration: Configuration
    let layout: WorkerLayout
    let rates: WorkRates
    let logger: Logger

    /// The folder's model, after one evaluation, with the index of its training images that the policy asks for.
    /// - Throws: `ModelLoadingError`.
    func load(_ reference: Configuration.ModelReference) throws(ModelLoadingError) -> ModelShelf.Version {
        let start = Platform.monotonicNanoseconds()
        let version: ModelShelf.Version
        do {
            let fingerprint = try Self.fingerprint(reference)
            let model = try ServedModel.load(path: reference.path, name: reference.name)
            let (nanoseconds, pixels) = try model.warmUp(Compute(threads: layout.threads))
            rates.record(
                model: model.facts.name, nanoseconds: Int64(clamping: nanoseconds), calls: 1,
                unitsPerCall: Int64(pixels))
            version = .init(
                reference: reference, model: model, watch: try watch(reference, model), fingerprint: fingerprint)
        } catch {
            throw ModelLoadingError(path: reference.path, reason: "\(error)")
        }
        let (facts, milliseconds) = (version.model.facts, Double(Platform.monotonicNanoseconds() - start) / 1e6)
        logger.info(
            "model loaded",
            metadata: [
                "model": "\(facts.name)", "parameters": .stringConvertible(facts.parameters),
                "weights_sha256": "\(facts.generation.weightsSHA256)", "ms": .stringConvertible(milliseconds),
            ])
        return version
    }

    /// Tells folders apart by what is in them, without a network being made: weights, configurations and manifest.
    static func fingerprint(_ reference: Configuration.ModelReference) throws -> Digest {
        let folder = try ModelFolder(path: reference.path)
        var content = Digest.Accumulator()
        content.append(try folder.weightsSHA256.bytes)
        for object in [folder.unetConfiguration, folder.schedulerConfiguration] {
            content.append(JSONWriter(sortedKeys: true, canonicalNumbers: true).write(.object(object)))
        }
        content.append(Array("\(folder.schedulerClass ?? "")\n\(reference.name ?? "")\n".utf8))
        content.append(Array((Platform.text(of: "\(reference.path)/phantom.json") ?? "").utf8))
        // An index is large, and only ever written anew as a whole.
        let index = try? FileManager.default.attributesOfItem(atPath: "\(reference.path)/\(CopyIndex.fileName)")
        let written = (index?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
        content.append(Array("\(index?[.size] as? UInt64 ?? 0) \(written)".utf8))
        return content.digest
    }

    /// The index of training images that the policy asks for. Images cannot be withheld without one, so that is an
    /// error; that they cannot be flagged is said.
    private func watch(_ reference: Configuration.ModelReference, _ model: ServedModel) throws -> CopyWatch? {
        let (facts, policy) = (model.facts.generation, configuration.copies)
        let metadata: Logger.Metadata = ["model": "\(model.facts.name)", "policy": "\(policy.rawValue)"]
        let watch = try CopyWatch(
            policy, model: reference.path, width: facts.width, height: facts.height, channels: facts.channels)
        if let watch {
            logger.info(
                "images are searched among those of training",
                metadata: metadata.merging(["images": .stringConvertible(watch.count)]) { $1 })
        } else if policy != .off {
            logger.warning(
                "no index of training images: copies are not flagged (phantom copies index)", metadata: metadata)
        }
        return watch
    }
}
