import Foundation
import Images
import TestSupport
import Testing

@testable import Evaluation

/// Copies among synthetic images, found in the sets of an evaluation.
@Suite struct CopyFindingsTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Smooth blobs in places of the picture's own, so that no two pictures are alike.
    static func picture(_ number: Int, brighter: Int = 0) throws -> PixelImage {
        let side = 32
        var state = UInt64(number) &* 0x9E37_79B9_7F4A_7C15 | 1
        func draw() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 33) / Double(1 << 31)
        }
        let blobs = (0..<30).map { _ in (x: draw() * 32, y: draw() * 32, height: draw() * 2 - 1) }
        let samples = (0..<side * side).map { place -> UInt16 in
            let (x, y) = (Double(place % side), Double(place / side))
            let sum = blobs.reduce(0.0) { sum, blob in
                let distance = (x - blob.x) * (x - blob.x) + (y - blob.y) * (y - blob.y)
                return sum + blob.height * exp(-distance / 8)
            }
            return UInt16(max(0, min(255, 128 + 60 * sum + Double(brighter))))
        }
        return try PixelImage(width: side, height: side, channels: 1, bitDepth: 8, samples: samples)
    }

    private func source(_ name: String, _ role: ImageSet.Role, _ pictures: [(Int, PixelImage)]) throws -> ImageSource {
        let path = "\(folder.path)/\(name)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        var table = "filename,label,patient_id\n"
        for (number, picture) in pictures {
            try Data(PNGEncoder.encode(picture).bytes).write(to: URL(fileURLWithPath: "\(path)/\(number).png"))
            table += "\(number).png,x,\(name)-\(number)\n"
        }
        try table.write(toFile: "\(path)/labels.csv", atomically: true, encoding: .utf8)
        return try ImageSource(path: path, role: role)
    }

    private func findings(copies: Int) throws -> CopyFindings {
        let train = try source("train", .train, (0..<40).map { ($0, try Self.picture($0)) })
        let real = try source("real", .real, (100..<140).map { ($0, try Self.picture($0)) })
        let made = try source(
            "made", .synthetic,
            (0..<20).map { ($0, try $0 < copies ? Self.picture(2 * $0, brighter: 9) : Self.picture(200 + $0)) })
        let roles = try ImageRoles(real: real, train: train, synthetic: made, allowsSharedPatients: false)
        let images = try #require(roles.train)
        let training = try TrainingSearch(real: roles.real, train: images, digest: "of the test") {
            #expect((1...40).contains($0))
        }
        return try CopyFindings(roles.synthetic, in: #require(training)) { #expect((1...20).contains($0)) }
    }

    @Test func plantedCopiesAreCountedAndShown() throws {
        let findings = try findings(copies: 5)
        let flagged = try #require(findings.flagged.value)
        // A fresh picture may be flagged as a real one may; a copy always is.
        #expect((0.25...0.35).contains(flagged), "\(flagged)")
        #expect(try #require(findings.flagged.interval).contains(flagged))
        #expect(findings.falseAlarms.value.map { $0 <= 0.1 } ?? false, "\(findings.falseAlarms)")
        let section = try findings.section()
        guard case .pairs(let pairs) = section.blocks.last else {
            Issue.record("expected pairs, got \(section.blocks)")
            return
        }
        #expect(pairs.pairs.count == 10 && pairs.pairs.prefix(5).allSatisfy(\.isFlagged))
        for pair in pairs.pairs.prefix(5) {
            // The training image, of which the synthetic one is a brighter copy.
            #expect(zip(pair.generated.samples, pair.nearest.samples).allSatisfy { $0 == min(255, $1 + 9) || $1 == 0 })
        }
    }

    @Test func freshPicturesAreNobodys() throws {
        let findings = try findings(copies: 0)
        var facts = Verdict.Facts()
        (facts.flaggedShare, facts.falseAlarmRate) = (findings.flagged, findings.falseAlarms)
        #expect(Verdict(facts).somebody.outcome == .no, "\(Verdict(facts).somebody.sentence)")
    }
}
