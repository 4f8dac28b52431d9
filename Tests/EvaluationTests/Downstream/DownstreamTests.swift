import Foundation
import Images
import Tensors
import TestSupport
import Testing

@testable import Evaluation

/// Means of the quarters of a picture.
private struct QuarterMeans: FeatureExtractor {
    let name = "quarters", dimension = 4, preprocessing = "None.", identity = "quarters"

    func rows(of images: [PixelImage], compute: Compute) throws -> [FeatureRow] {
        images.map { image in
            var sums = [Float](repeating: 0, count: 4)
            for (place, sample) in image.samples.enumerated() {
                let (x, y) = (place % image.width, place / image.width)
                sums[(2 * x / image.width) + 2 * (2 * y / image.height)] += Float(sample)
            }
            return FeatureRow(features: sums.map { 4 * $0 / Float(image.samples.count) })
        }
    }
}

/// The downstream experiment on drawn pictures: bright squares to the left, or to the right.
@Suite struct DownstreamTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A square on the side that the number's label says (of `isWrong`, on the other one), among noise.
    private func picture(_ number: Int, isWrong: Bool) throws -> PixelImage {
        let side = 16, isLeft = (number % 2 == 0) != isWrong
        var samples = (0..<side * side).map { UInt16(HashedFeatures.uniform(number, $0) * 120) }
        for y in 4..<12 { for x in 0..<5 { samples[y * side + (isLeft ? x + 1 : x + 10)] += 100 } }
        return try PixelImage(width: side, height: side, channels: 1, bitDepth: 8, samples: samples)
    }

    /// What the tables say of an image by its number.
    struct Table {
        var label: @Sendable (Int) -> String = { $0 % 2 == 0 ? "left" : "right" }
        var patient: @Sendable (Int) -> Int = { $0 / 4 }
    }

    func set(
        _ name: String, _ role: ImageSet.Role, first: Int, count: Int, isWrong: Bool = false, _ says: Table = Table()
    ) throws -> ImageSource {
        let path = "\(folder.path)/\(name)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        var table = "filename,label,patient_id\n"
        for number in first..<first + count {
            try Data(PNGEncoder.encode(picture(number, isWrong: isWrong)).bytes).write(
                to: URL(fileURLWithPath: "\(path)/\(number).png"))
            table += "\(number).png,\(says.label(number)),\(says.patient(number))\n"
        }
        try table.write(toFile: "\(path)/labels.csv", atomically: true, encoding: .utf8)
        return try ImageSource(path: path, role: role)
    }

    func roles(isWrong: Bool, real: Table = Table(), train: Table = Table()) throws -> ImageRoles {
        try ImageRoles(
            real: set("real", .real, first: 0, count: 40, real),
            train: set("train", .train, first: 100, count: 80, train),
            synthetic: set("made\(isWrong)", .synthetic, first: 300, count: 60, isWrong: isWrong),
            allowsSharedPatients: false)
    }

    func findings(isWrong: Bool, folder: String?, isWanted: @escaping () -> Bool = { true }) throws
        -> DownstreamFindings
    {
        try findings(roles(isWrong: isWrong), folder: folder, isWanted: isWanted)
    }

    func findings(_ roles: ImageRoles, folder: String?, isWanted: @escaping () -> Bool = { true }) throws
        -> DownstreamFindings
    {
        let train = try #require(roles.train)
        let making = try FeatureMaking(QuarterMeans(), cache: FeatureCache(folder: nil), threads: 2)
        var plan = DownstreamPlan(seed: 3)
        (plan.shares, plan.seeds, plan.steps, plan.batch) = ([100], 2, 40, 8)
        plan.arms = [.realTwice, .synthetic, .both]
        var request = DownstreamRequest(folder: folder, plan: plan)
        request.isWanted = isWanted
        let images = try DownstreamImages(
            roles, real: making.features(of: roles.real), train: making.features(of: train),
            synthetic: making.features(of: roles.synthetic))
        return try request.findings(images, making, progress: { _, _ in })
    }

    @Test func imagesThatShowAnotherThingAreFoundHarmful() throws {
        let found = try findings(isWrong: true, folder: nil)
        func auc(_ arm: DownstreamArm) throws -> Double {
            let entries = found.entries.filter { $0.classifier == .convolutional && $0.arm == arm }
            return try #require(entries.first?.measures.auc.value)
        }
        #expect(try auc(.realTwice) > 0.95)
        #expect(try auc(.synthetic) < 0.2)
        let score = try #require(found.scores.first)
        #expect(score.name == "downstream_auc_difference" && (score.value ?? 0) < 0)
        #expect(score.interval?.contains(score.value ?? 9) == true)
        let entry = try #require(found.entries.first { $0.arm == .realTwice })
        #expect(entry.differences == nil && entry.real == 80 && entry.synthetic == 0)
    }

    @Test func aRunThatWasBrokenOffGoesOnToTheSameNumbers() throws {
        let kept = "\(folder.path)/kept"
        var asked = 0
        #expect(throws: (any Error).self) {
            _ = try findings(isWrong: false, folder: kept) {
                asked += 1
                return asked <= 2
            }
        }
        let files = try FileManager.default.contentsOfDirectory(atPath: kept)
        #expect(files.count == 3 && files.contains("plan.json"))
        let first = try findings(isWrong: false, folder: kept), second = try findings(isWrong: false, folder: kept)
        #expect(first.entries == second.entries)
        #expect(first.section == second.section)
        #expect {
            _ = try findings(isWrong: true, folder: kept)
        } throws: { "\($0)".contains("plan.json: expected this experiment") }
    }

    @Test func classesAreMergedAndThoseThatAreMissingAreNamed() throws {
        let task = try ClassificationTask(attribute: nil, options: ["a=left|PA left", "b=right"])
        #expect(task.classes.map(\.values) == [["left", "PA left"], ["right"]])
        let roles = try roles(isWrong: false)
        #expect((0..<4).map { task.label(of: $0, in: roles.real) }.count { $0 == 0 } == 2)
        #expect { try ClassificationTask(attribute: nil, options: ["a=left"]) } throws: {
            "\($0)".contains("expected 2 to 50 classes, got 1")
        }
        #expect { try ClassificationTask(attribute: nil, options: ["a=x|y", "b=y"]) } throws: {
            "\($0)".contains("each class and each value once")
        }
        #expect { try ClassificationTask("view", real: roles.real, synthetic: roles.synthetic) } throws: {
            "\($0)".contains("in common are: label")
        }
    }

    @Test func syntheticImagesAreAsManyOfEachClassAsRealOnes() throws {
        let roles = try roles(isWrong: false), train = try #require(roles.train)
        let making = try FeatureMaking(QuarterMeans(), cache: FeatureCache(folder: nil), threads: 1)
        let task = try ClassificationTask(nil, real: roles.real, synthetic: roles.synthetic)
        let images = try ClassifiedImages(train, making.features(of: train).table, task: task)
        let made = try ClassifiedImages(roles.synthetic, making.features(of: roles.synthetic).table, task: task)
        let plan = DownstreamPlan(seed: 0), real = plan.real(images, share: 100, seed: 0)
        let synthetic = plan.synthetic(made, like: real, classes: 2, seed: 0)
        #expect(real.count == 80 && synthetic.count == 80 && synthetic.count { $0.label == 0 } == 40)
        let tenth = plan.real(images, share: 10, seed: 1)
        // Whole patients, of four images each.
        #expect(tenth.count == 8 && Set(tenth.map { images.groups[$0.place] }).count == 2)
    }

    /// Sets lie in the order of their classes: of too many images some of each class are taken, not the first ones.
    @Test func ofTooManyImagesEachClassKeepsItsShare() throws {
        let table = try FeatureTable(extractor: "none", dimension: 1, values: [Float](repeating: 0, count: 10))
        let task = try ClassificationTask(attribute: nil, options: ["left=left", "right=right"])
        let source = try inOrderOfClasses(10), shape = try source.firstShape()
        let images = ImageSet(source, role: .train, shape: shape)
        let few = try ClassifiedImages(images, table, task: task, most: 4)
        #expect(few.labels == [0, 0, 1, 1] && few.leftOut == 6 && few.passedOver == 0)
        #expect(few.notes("real") == ["downstream: 4 of 10 real images are taken, of each class in proportion"])
        let all = try ClassifiedImages(images, table, task: task, most: 10)
        #expect(all.count == 10 && all.leftOut == 0 && all.notes("real").isEmpty)
        let some = try ClassifiedImages(images, table, task: task, most: 2) { $0 >= 4 }
        // One of class 0 and five of class 1: every third.
        #expect(some.labels == [0, 1, 1] && some.leftOut == 3)
    }

    @Test func thinningKeepsEveryClass() {
        #expect(ClassThinning.places([], most: 3) == [])
        #expect(ClassThinning.places([0, 0, 1, 1], most: 4) == [0, 1, 2, 3])
        // Classes that take turns, and one that is rare.
        #expect(ClassThinning.places([0, 1, 2, 0, 1, 2, 0, 1, 2, 7], most: 4) == [0, 1, 2, 9])
    }

    /// Pictures of which the first half shows a square to the left.
    private func inOrderOfClasses(_ count: Int) throws -> ImageSource {
        let path = "\(folder.path)/ordered"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        var table = "filename,label\n"
        for number in 0..<count {
            let isLeft = number < count / 2
            try Data(PNGEncoder.encode(picture(isLeft ? 0 : 1, isWrong: false)).bytes).write(
                to: URL(fileURLWithPath: "\(path)/\(100 + number).png"))
            table += "\(100 + number).png,\(isLeft ? "left" : "right")\n"
        }
        try table.write(toFile: "\(path)/labels.csv", atomically: true, encoding: .utf8)
        return try ImageSource(path: path, role: .train)
    }
}
