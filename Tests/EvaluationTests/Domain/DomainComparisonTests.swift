import Foundation
import Images
import Tensors
import Testing

@testable import Evaluation

/// Distances of what is measured: near zero of one distribution, larger of another, and null where there is nothing.
@Suite struct DomainComparisonTests {
    /// An ellipse of its own size and brightness on black.
    private func slice(_ number: Int, brighter: Double = 0, lopsided: Bool = false) throws -> PixelImage {
        let side = 32, size = 8 + 4 * HashedFeatures.uniform(number, 0), level = 90 + 40 * HashedFeatures.uniform(number, 1)
        let samples = (0..<side * side).map { place -> UInt16 in
            let (x, y) = (Double(place % side) - 15.5, Double(place / side) - 15.5)
            guard x * x / (size * size) + y * y / (size * size * 1.4) < 1 else { return 0 }
            let stripe = 20 * HashedFeatures.uniform(3, Int(abs(x) + 16 * abs(y)))
            return UInt16(level + brighter + stripe + (lopsided && x > 0 ? 60 : 3) * HashedFeatures.uniform(9, place))
        }
        return try PixelImage(width: side, height: side, channels: 1, bitDepth: 8, samples: samples)
    }

    private func profiles(_ numbers: Range<Int>, brighter: Double = 0, lopsided: Bool = false) throws -> DomainProfiles {
        DomainProfiles(
            profiles: try numbers.map {
                try DomainProfile(slice($0, brighter: brighter, lopsided: lopsided), .brain)
            }, groups: nil)
    }

    private func scores(_ a: DomainProfiles, _ b: DomainProfiles) throws -> [String: Score] {
        let found = try DomainComparison(real: a, synthetic: b, .brain, seed: 1).scores(on: Compute(threads: 2))
        return Dictionary(uniqueKeysWithValues: found.map { ($0.name, $0) })
    }

    @Test func whatDiffersIsFarther() throws {
        let real = try profiles(0..<40), same = try scores(real, profiles(100..<140))
        let other = try scores(real, profiles(200..<240, brighter: 30, lopsided: true))
        #expect(Set(same.keys).isSuperset(of: ["domain.intensity", "domain.power_spectrum", "domain.brain_area"]))
        for name in ["domain.intensity", "domain.power_spectrum", "domain.symmetry", "domain.brain_intensity"] {
            let (near, far) = (try #require(same[name]), try #require(other[name]))
            #expect((near.value ?? 9) < (far.value ?? 0), "\(name)")
            #expect(far.interval?.contains(far.value ?? -1) == true)
        }
        // Their sizes are of one distribution.
        #expect((other["domain.brain_area"]?.value ?? 9) < 0.5)
        let symmetry = real.profiles.compactMap { $0.values["symmetry"] }
        #expect(symmetry.count == 40 && symmetry.allSatisfy { $0 > 0.95 })
    }

    @Test func whatCannotBeMeasuredIsNull() throws {
        let black = try PixelImage(width: 8, height: 8, channels: 1, bitDepth: 8, samples: [UInt16](repeating: 0, count: 64))
        let profile = try DomainProfile(black, .brain)
        let set = DomainProfiles(profiles: Array(repeating: profile, count: 6), groups: nil)
        let found = try scores(set, set)
        #expect(found["domain.symmetry"]?.value == nil && found["domain.symmetry"]?.reason != nil)
        #expect(found["domain.intensity"]?.value == 0)
        let stained = try DomainProfile(black, .histology)
        #expect(stained.stains.isEmpty && stained.values.isEmpty)
    }

    /// Stains of one patient's images alone: the drawings without that patient have no angle, and are not at 0 degrees.
    @Test(arguments: [false, true]) func drawingsWithoutStainsHaveNoAngle(isOfReal: Bool) throws {
        let grey = try DomainProfile(slice(1), .histology)
        func stained(_ stains: [Double]) -> DomainProfile {
            var profile = grey
            profile.stains = stains
            return profile
        }
        let all = DomainProfiles(
            profiles: Array(repeating: stained([0.65, 0.7, 0.29, 0.07, 0.99, 0.11]), count: 20), groups: nil)
        let some = DomainProfiles(
            profiles: (0..<15).map { $0 < 6 ? stained([0.55, 0.76, 0.35, 0.1, 0.95, 0.3]) : grey },
            groups: (0..<15).map { "patient \(max($0, 5))" })
        let found = try DomainComparison(
            real: isOfReal ? some : all, synthetic: isOfReal ? all : some, .histology, seed: 1
        ).scores(on: Compute(threads: 2))
        for name in ["domain.haematoxylin", "domain.eosin"] {
            let score = try #require(found.first { $0.name == name })
            let (value, interval) = (try #require(score.value), try #require(score.interval))
            // Every drawing that has an angle has the same.
            #expect(value > 1 && interval.upperBound - interval.lowerBound < 1e-6, "\(name) \(interval)")
        }
    }

    @Test func heartsThatAreNotSeenAreTheReason() throws {
        let set = try profiles(0..<6)
        let found = try DomainComparison(real: set, synthetic: set, .chest, seed: 1).scores(on: Compute(threads: 1))
        let score = try #require(found.first { $0.name == "domain.mirrored_hearts" })
        #expect(score.value == nil && score.direction == .none)
        #expect(score.reason == "of 0 real and 0 synthetic images the side is told")
    }

    @Test func paleStromaIsTissueAndGlassIsNot() throws {
        // A bluish glass, a pale stroma in eosin (optical densities 0.05, 0.17, 0.03) and a nucleus, of scanned slides.
        let colours: [[UInt16]] = [[212, 222, 248], [212, 161, 224], [90, 60, 150]]
        let samples = (0..<8 * 8).flatMap { colours[$0 < 16 ? 0 : $0 < 56 ? 1 : 2] }
        let image = try PixelImage(width: 8, height: 8, channels: 3, bitDepth: 8, samples: samples)
        let profile = try DomainProfile(image, .histology)
        #expect(profile.values["tissue_fraction"] == 0.75)
        #expect((profile.values["optical_density"] ?? 0) < 0.15)
    }

    @Test func modelsSayWhatTheyAreOf() {
        #expect(DomainModality(text: "chest X-ray") == .chest && DomainModality(text: "brain MR, axial") == .brain)
        #expect(DomainModality(text: "histopathology (H&E)") == .histology && DomainModality(text: "knee") == nil)
    }
}
