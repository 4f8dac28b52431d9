import Datasets
import Foundation
import Images
import JSON
import Testing

@testable import Evaluation

/// Lungs and hearts, of drawn chests and of real ones.
@Suite struct LungFieldsTests {
    private static let data = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("shared/data/cxr_nih64").path

    /// Two dark fields in a bright body with dark air beside it; the heart covers part of the field on the right.
    private func chest(side: Int = 64) -> Plane {
        let scale = 64 / Double(side)
        return Plane(
            width: side, height: side,
            values: (0..<side * side).map { place in
                let x = (Double(place % side) + 0.5) * scale, y = (Double(place / side) + 0.5) * scale
                func within(_ cx: Double, _ cy: Double, _ rx: Double, _ ry: Double) -> Bool {
                    ((x - cx) / rx) * ((x - cx) / rx) + ((y - cy) / ry) * ((y - cy) / ry) < 1
                }
                if within(36, 42, 9, 12) { return 190 }
                if within(19, 29, 9, 19) || within(45, 29, 9, 19) { return 70 }
                return x < 4 || x > 60 ? 5 : 180
            })
    }

    private func mirrored(_ plane: Plane) -> Plane {
        Plane(
            width: plane.width, height: plane.height,
            values: (0..<plane.values.count).map {
                plane.values[$0 / plane.width * plane.width + plane.width - 1 - $0 % plane.width]
            })
    }

    @Test(arguments: [64, 96, 256]) func fieldsAndHeartAreFound(side: Int) throws {
        let fields = LungFields(chest(side: side))
        // Two ellipses of 9x19 of 64x64, less what the heart covers.
        #expect((0.2...0.28).contains(fields.area), "\(fields.area)")
        let asymmetry = try #require(fields.heartAsymmetry)
        #expect(asymmetry > 0.1)
        let other = LungFields(mirrored(chest(side: side)))
        #expect(abs(other.area - fields.area) < 0.01)
        #expect(abs(try #require(other.heartAsymmetry) + asymmetry) < 0.05)
        let means = fields.intensities(of: chest(side: side))
        #expect((means.fields ?? 999) < 100 && (means.others ?? 0) > 120)
    }

    @Test func anImageWithoutLungsHasNoHeart() {
        let flat = Plane(width: 32, height: 32, values: [Double](repeating: 100, count: 1024))
        #expect(LungFields(flat).heartAsymmetry == nil || LungFields(flat).area > 0)
        let tiny = LungFields(Plane(width: 2, height: 3, values: [0, 1, 2, 3, 4, 5]))
        #expect(tiny.area == 0 && tiny.heartAsymmetry == nil)
    }

    /// Of adults seen from the back (PA) most hearts must be told rightly, and of their mirror images the other way.
    @Test(.enabled(if: FileManager.default.fileExists(atPath: "\(data)/labels.csv"), "no ../shared/data"))
    func heartsOfPatientsLieToTheRight() throws {
        var settings = DatasetSettings(kind: .folder, path: Self.data)
        settings.attributes = [AttributeSettings(name: "view")]
        let set = ImageSet(
            try ImageSource(settings, role: .real), role: .real, shape: .init(height: 64, width: 64, channels: 1))
        var right = 0, all = 0, wrong = 0
        for index in stride(from: 0, to: set.count, by: 5) where set.labels(index)[0] == [1] {
            let plane = Plane(try set.picture(index), channel: 0)
            guard let side = LungFields(plane).heartAsymmetry else { continue }
            all += 1
            right += side > 0 ? 1 : 0
            if all % 5 == 0, let other = LungFields(mirrored(plane)).heartAsymmetry { wrong += abs(other + side) < 0.05 ? 0 : 1 }
        }
        #expect(all > 100 && Double(right) > 0.8 * Double(all), "\(right) of \(all)")
        #expect(wrong == 0)
    }
}
