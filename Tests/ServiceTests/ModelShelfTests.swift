import Bytes
import Imaging
import Testing

@testable import Service

/// Models of earlier times: as long as a job needs them, and no longer.
@Suite struct ModelShelfTests {
    private static let settings = DiffusionRunner.Settings(threadsPerWorker: 1, maxBatch: 1, memoryPerWorker: 1)

    private func version(_ model: ServedModel, _ fingerprint: String) -> ModelShelf.Version {
        .init(
            reference: .init(name: model.facts.name, path: ""), model: model, watch: nil,
            fingerprint: Digest(of: fingerprint))
    }

    /// Each time that phantom.json gets other defaults or another licence the model is loaded anew. A service whose
    /// queue is never empty keeps none of those before.
    @Test func whatMakesNoJobGoesWhileJobsWait() throws {
        let checkpoint = try SmallCheckpoint()
        let versions = try (0..<4).map { version(try ServedModel.load(path: checkpoint.path, name: "m"), "\($0)") }
        let shelf = ModelShelf([versions[0]], settings: Self.settings)
        for version in versions.dropFirst() { shelf.replace([version], settings: Self.settings) }
        #expect(!shelf.release { _ in true } && shelf.all.count == 4, "a request may be on its way")
        #expect(shelf.release(at: .now + .seconds(61)) { _ in true })
        #expect(shelf.all.map { ObjectIdentifier($0.model) } == [ObjectIdentifier(versions[3].model)])
    }

    @Test func whatWouldMakeOtherBitsStaysForItsJobs() throws {
        let checkpoint = try SmallCheckpoint()
        let model = try ServedModel.load(path: checkpoint.path, name: "m")
        var facts = model.facts
        facts.definition = "another"
        let (old, new) = (version(model, "old"), version(ServedModel(facts: facts, network: model.network), "new"))
        let shelf = ModelShelf([old], settings: Self.settings)
        shelf.replace([new], settings: Self.settings)
        #expect(!shelf.release(at: .now + .seconds(61)) { _ in true })
        #expect(shelf.find(old.jobReference, definition: model.facts.definition)?.model === old.model)
        #expect(shelf.release(at: .now + .seconds(61)) { _ in false })
        #expect(shelf.all.map { ObjectIdentifier($0.model) } == [ObjectIdentifier(new.model)])
    }
}
