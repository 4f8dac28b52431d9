import Datasets
import Foundation
import Images
import TestSupport
import Testing

@testable import Evaluation

/// Sets in their roles, and folders that are not as they must be.
@Suite struct ImageRolesTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func source(_ name: String, _ role: ImageSet.Role, first: Int = 0, count: Int = 6, side: Int = 8) throws
        -> ImageSource
    {
        let path = "\(folder.path)/\(name)"
        try Fixtures.folder(path, first: first, count: count, side: side)
        return try ImageSource(path: path, role: role)
    }

    @Test func setsTakeTheShapeOfTheSyntheticImages() throws {
        let roles = try ImageRoles(
            real: source("real", .real, side: 16), train: nil, synthetic: source("made", .synthetic, first: 20),
            allowsSharedPatients: false)
        let picture = try roles.real.picture(0)
        #expect(picture.width == 8 && picture.height == 8 && picture.bitDepth == 8)
        #expect(roles.notes.contains { $0.contains("real: brought from 16x16 grey to 8x8 grey") })
    }

    @Test func patientsInTwoRolesAreRefusedUnlessAllowed() throws {
        let real = try source("real", .real), train = try source("train", .train, first: 4)
        let made = try source("made", .synthetic, first: 20)
        #expect {
            try ImageRoles(real: real, train: train, synthetic: made, allowsSharedPatients: false)
        } throws: { "\($0)".contains("no patient of --real") && "\($0)".contains("1 of them, such as 2") }
        let roles = try ImageRoles(real: real, train: train, synthetic: made, allowsSharedPatients: true)
        #expect(roles.sharedGroups == ["2"])
        #expect(roles.notes.contains { $0.contains("1 patients are in real and in train") })
    }

    /// Of a data set that leaves out what cannot be read, the first image is left out like any other.
    @Test func imagesThatCannotBeReadAreLeftOutWhereTheSetSaysSo() throws {
        try Fixtures.folder("\(folder.path)/set")
        try Data("no PNG".utf8).write(to: folder.url.appending(path: "set/0.png"))
        for (word, isLenient) in [("stop", false), ("skip", true)] {
            let file = "\(folder.path)/\(word).json"
            let text = #"{"kind": "folder", "path": "\#(folder.path)/set", "validation": 0, "on_error": "\#(word)"}"#
            try text.write(toFile: file, atomically: true, encoding: .utf8)
            func roles() throws -> ImageRoles {
                try ImageRoles(
                    real: ImageSource(path: file, role: .real), train: nil,
                    synthetic: ImageSource(path: file, role: .synthetic), allowsSharedPatients: false)
            }
            guard isLenient else {
                #expect { try roles() } throws: { "\($0)".contains("0.png") }
                continue
            }
            let found = try roles()
            #expect(found.real.count == 5 && found.synthetic.count == 5)
            for image in 0..<5 { _ = try found.real.picture(image) }
            #expect(found.notes.contains { $0.hasPrefix("real: 1 images that cannot be read were left out, the first: ") })
        }
    }

    @Test func oneImageIsTooFew() throws {
        #expect {
            _ = try source("real", .real, count: 1)
        } throws: { "\($0)".hasSuffix("expected at least 2 images, got 1") }
    }

    @Test func anotherSizeAmongSyntheticImagesIsNamed() throws {
        let made = try source("made", .synthetic)
        try Data(PNGEncoder.encode(Fixtures.picture(3, side: 9)).bytes).write(
            to: URL(fileURLWithPath: "\(folder.path)/made/3.png"))
        let real = try source("real", .real)
        #expect {
            try ImageRoles(real: real, train: nil, synthetic: made, allowsSharedPatients: false)
        } throws: { "\($0)".contains("made/3.png: expected 8x8 pixels") && "\($0)".contains("got 9x9") }
    }

    @Test func nothingOfTheNameIsSaid() {
        #expect {
            try ImageSource(path: "/nowhere", role: .real)
        } throws: { "\($0)".contains("--real /nowhere: expected a folder of pictures") }
    }

    @Test func aDatasetGivesWhatItHoldsOut() throws {
        try Fixtures.folder("\(folder.path)/set", count: 40)
        let file = "\(folder.path)/train.json"
        try """
        {"dataset": {"kind": "folder", "path": "\(folder.path)/set", "validation": 0.3}, "output": "x", "steps": 1}
        """.write(toFile: file, atomically: true, encoding: .utf8)
        let made = try source("made", .synthetic, first: 100)
        let roles = try ImageRoles(
            real: ImageSource(path: file, role: .real), train: ImageSource(path: file, role: .train), synthetic: made,
            allowsSharedPatients: false)
        #expect(roles.real.count + (roles.train?.count ?? 0) == 40 && roles.real.count >= 2)
    }

    /// A set of six patients with two images each, the parts that it marks itself, and what each role has of it.
    struct Division: CustomTestStringConvertible, Sendable {
        let parts: [String]?
        var fields = ""
        let real: Int, train: Int
        /// What a note says of the real images, and of the training images.
        let notes: [String]
        var testDescription: String { "\(parts?.joined(separator: " ") ?? "no parts") \(fields)" }

        static let all = [
            Division(
                parts: ["train", "train", "train", "train", "val", "test"], real: 2, train: 8,
                notes: ["holds out", "trains with"]),
            Division(
                parts: ["train", "train", "train", "test", "val", "test"], fields: #", "validation": 0"#, real: 2,
                train: 6, notes: ["holds out", "trains with"]),
            Division(
                parts: ["train", "train", "train", "train", "test", "test"], fields: #", "validation": 0"#, real: 4,
                train: 8, notes: ["marks for testing", "trains with"]),
            Division(
                parts: ["train", "train", "train", "train", "test", "test"],
                fields: #", "validation": 0, "own_split": false"#, real: 12, train: 12, notes: []),
            Division(parts: nil, fields: #", "validation": 0"#, real: 12, train: 12, notes: []),
        ]
    }

    @Test(arguments: Division.all) func theSetsOwnPartsSayWhatIsReal(division: Division) throws {
        try Fixtures.folder("\(folder.path)/set", count: 12, part: division.parts.map { parts in { parts[$0] } })
        let file = "\(folder.path)/set.json"
        try #"{"kind": "folder", "path": "\#(folder.path)/set"\#(division.fields)}"#
            .write(toFile: file, atomically: true, encoding: .utf8)
        let sources = try ImageSet.Role.allCases.map { try ImageSource(path: file, role: $0) }
        #expect(sources.map(\.indices.count) == [division.real, division.train, 12])
        let said = sources.flatMap(\.notes).filter { $0.contains("the images that") }
        #expect(said == zip(["real", "train"], division.notes).map { "\($0): the images that \(file) \($1)" })
        guard !division.notes.isEmpty else { return }
        #expect(Set(sources[0].indices).isDisjoint(with: sources[1].indices))
    }
}
