import Checkpoints
import Foundation
import JSON
import Testing

@Suite("Model manifests")
struct ManifestTests {
    private func manifest(_ text: String) throws -> ModelManifest {
        try ModelManifest(json: try #require(try JSONReader().read(text).object))
    }

    @Test func rowsAreCountedThroughTheAttributes() throws {
        let manifest = try manifest(
            #"{"name":"m","modality":"MRI","channels":2,"attributes":[{"name":"view","values":["PA","AP"]},{"name":"finding","values":["none","mass",3],"multiple":true}],"null_class":5,"value_range":[0,1],"spacing":[0.5,0.5],"training_data":"t","licence":"l"}"#)
        #expect(manifest.row(of: "AP", in: "view") == 1)
        #expect(manifest.row(of: "none", in: "finding") == 2)
        #expect(manifest.row(of: "3", in: "finding") == 4)
        #expect(manifest.row(of: "PA", in: "finding") == nil && manifest.row(of: "PA", in: "other") == nil)
        #expect(manifest.rowCount == 5 && manifest.nullClass == 5)
        #expect(manifest.attributes.map(\.multiple) == [false, true])
        #expect(manifest.valueRange == 0...1 && manifest.spacing == [0.5, 0.5])
        #expect(manifest.modality == "MRI" && manifest.trainingData == "t" && manifest.licence == "l")
    }

    @Test func lowResolutionIsReadAndWritten() throws {
        let manifest = try manifest(#"{"name":"m","channels":1,"low_resolution":{"order":"image-first"}}"#)
        #expect(manifest.lowResolution == .init(order: .imageFirst, upsampling: .bicubic))
        #expect(try ModelManifest(json: manifest.json) == manifest)
        for text in [#"{}"#, #"{"order":"first"}"#, #"{"order":"image-first","upsampling":"lanczos"}"#, #"{"order":"image-first","scale":2}"#] {
            #expect(throws: JSONMismatch.self) {
                try ModelManifest(json: ["name": "m", "channels": 1, "low_resolution": try JSONReader().read(text)])
            }
        }
    }

    /// What the fields mean is the matter of whoever samples the model.
    @Test func samplingIsReadAndWritten() throws {
        let sampling = #"{"sampler":"heun","steps":18,"guidance":1.5}"#
        let found = try manifest(#"{"name":"m","channels":1,"sampling":\#(sampling)}"#)
        #expect(found.sampling == ["sampler": "heun", "steps": 18, "guidance": 1.5])
        #expect(try ModelManifest(json: found.json) == found)
        let none = try manifest(#"{"name":"m","channels":1,"sampling":null}"#)
        #expect(none.sampling == nil && none.json["sampling"] == nil)
    }

    @Test func defaultsAreThoseOfAnUnconditionalModel() throws {
        let manifest = try manifest(#"{"name":"m","channels":1,"null_class":null,"spacing":0.25}"#)
        #expect(manifest.attributes.isEmpty && manifest.nullClass == nil && manifest.valueRange == -1...1 && manifest.spacing == [0.25])
    }

    @Test func withoutManifestTheRowsAreTheValues() throws {
        let implied = ModelManifest.implied(name: "m", channels: 3, classCount: 12)
        #expect(implied.attributes.map(\.name) == ["class"])
        #expect(implied.row(of: "11", in: "class") == 11 && implied.row(of: "12", in: "class") == nil)
        #expect(ModelManifest.implied(name: "m", channels: 3, classCount: nil).attributes.isEmpty)
        #expect(ModelManifest.implied(name: "m", channels: 3, classCount: -1).rowCount == 0)
        let folder = try ModelFolder(path: Places.fixtures + "/tiny")
        #expect(folder.resolvedManifest == .implied(name: "tiny", channels: 1, classCount: 3))
    }

    @Test(arguments: [
        (#"{"name":"","channels":1}"#, "/name"), (#"{"name":"a/b","channels":1}"#, "/name"), (#"{"name":"a\nb","channels":1}"#, "/name"),
        (#"{"name":"m"}"#, "/channels"), (#"{"name":"m","channels":0}"#, "/channels"), (#"{"name":"m","channels":"1"}"#, "/channels"),
        (#"{"name":"m","channels":1,"attributes":[{"name":"a","values":[]}]}"#, "/attributes/0/values"),
        (#"{"name":"m","channels":1,"attributes":[{"name":"a","values":["x","x"]}]}"#, "/attributes/0/values/1"),
        (#"{"name":"m","channels":1,"attributes":[{"name":"a","values":[""]}]}"#, "/attributes/0/values/0"),
        (#"{"name":"m","channels":1,"attributes":[{"name":"a","values":["x"]},{"name":"a","values":["y"]}]}"#, "/attributes/1/name"),
        (#"{"name":"m","channels":1,"attributes":[{"name":"a","values":["x"],"color":1}]}"#, "/attributes/0/color"),
        (#"{"name":"m","channels":1,"attributes":{"a":["x"]}}"#, "/attributes"),
        (#"{"name":"m","channels":1,"null_class":-1}"#, "/null_class"), (#"{"name":"m","channels":1,"value_range":[1,-1]}"#, "/value_range"),
        (#"{"name":"m","channels":1,"value_range":[1]}"#, "/value_range"), (#"{"name":"m","channels":1,"spacing":[0,1]}"#, "/spacing/0"),
        (#"{"name":"m","channels":1,"spacing":[1,1,1,1]}"#, "/spacing"), (#"{"name":"m","channels":1,"licence":7}"#, "/licence"),
        (#"{"name":"m","channels":1,"sampling":["heun"]}"#, "/sampling"),
    ])
    func wrongManifestsAreRefusedByPlace(_ text: String, _ pointer: String) throws {
        #expect(throws: JSONMismatch.self) { try manifest(text) }
        do { _ = try manifest(text) } catch let error as JSONMismatch { #expect(error.pointer == pointer) }
    }

    @Test func lintHoldsTheManifestAgainstTheConfiguration() throws {
        try Places.withFolder { folder in
            try Places.copy(Places.fixtures + "/tiny", to: folder + "/m")
            func findings(_ manifest: String) throws -> [LintFinding] {
                try Places.write(manifest, to: folder + "/m/phantom.json")
                return try ModelFolder(path: folder + "/m").lint()
            }
            let fit = #"{"name":"m","channels":1,"attributes":[{"name":"a","values":["x","y"]}],"null_class":2}"#
            #expect(try findings(fit) == [])
            let channels = try findings(#"{"name":"m","channels":3,"attributes":[{"name":"a","values":["x","y"]}],"null_class":2,"colour":1}"#)
            #expect(channels.map(\.severity) == [.warning, .error, .error])
            #expect(channels[0].message == "phantom.json: unknown field colour, not used")
            let rows = try findings(#"{"name":"m","channels":1,"attributes":[{"name":"a","values":["x","y","z","w"]}],"null_class":3}"#)
            #expect(rows.map(\.severity) == [.error, .error])
            let shared = try findings(#"{"name":"m","channels":1,"attributes":[{"name":"a","values":["x","y"]}],"null_class":1}"#)
            #expect(shared == [LintFinding(.warning, "null_class: row 1 also belongs to an attribute value")])
            #expect(try findings(#"{"name":"m","channels":1}"#).map(\.severity) == [.warning])
        }
    }

    @Test func howItWasTrainedIsReadAndWritten() throws {
        let digest = String(repeating: "0f", count: 32)
        let training = #"{"command":"phantom train","settings_sha256":"\#(digest)","images":9,"average_width":0.05}"#
        let found = try manifest(#"{"name":"m","channels":1,"training":\#(training)}"#)
        let summary = try #require(found.training)
        #expect(summary.settings.hexadecimal == digest && summary.images == 9 && summary.averageWidth == 0.05)
        #expect(try ModelManifest(json: found.json) == found)
        for (part, wrong) in [
            (digest, "0f"), ("\"images\":9", "\"images\":-9"), ("\"images\":9,", ""), ("0.05", "5"),
            ("\"command\"", "\"order\""),
        ] {
            let text = training.replacingOccurrences(of: part, with: wrong)
            #expect(throws: JSONMismatch.self) { try manifest(#"{"name":"m","channels":1,"training":\#(text)}"#) }
        }
    }

    @Test func whatAnEvaluationCameToIsReadAndWritten() throws {
        let evaluation = #"{"created":"2026-01-02","features":"f","real":9,"patients":null,"synthetic":8,"verdict":{"realistic":"partly","useful":"unknown","somebody":"no"},"metrics":{"kernel_distance":{"value":0.5,"interval":[0.25,0.75]},"is":{"value":null,"interval":null}}}"#
        let found = try manifest(#"{"name":"m","channels":1,"evaluation":\#(evaluation)}"#)
        let summary = try #require(found.evaluation)
        #expect(summary.numbers.map(\.name) == ["kernel_distance", "is"] && summary.numbers[0].interval == 0.25...0.75)
        #expect(summary.verdict.map(\.answer) == ["partly", "unknown", "no"])
        #expect(try ModelManifest(json: found.json).evaluation == summary)
        for (part, wrong) in [
            ("\"no\"}", "\"never\"}"), ("[0.25,0.75]", "[0.75,0.25]"), ("[0.25,0.75]", "[0.25]"),
            ("\"real\":9", "\"real\":-9"), ("\"real\":9,", ""), ("\"value\":0.5", "\"other\":0.5"),
        ] {
            let text = evaluation.replacingOccurrences(of: part, with: wrong)
            #expect(throws: JSONMismatch.self) {
                try manifest(#"{"name":"m","channels":1,"evaluation":\#(text)}"#)
            }
        }
    }
}
