import Checkpoints
import Imaging
import JSON

/// What `inspect` found, as sections of labelled lines and as JSON.
struct InspectionReport {
    struct Section {
        let title: String
        var lines: [(label: String, value: String)]
    }

    private(set) var sections: [Section] = []
    private(set) var json = JSONObject()
    private(set) var findings: [LintFinding] = []

    init(folder: ModelFolder, lint: Bool) throws(CheckpointError) {
        let digest = try folder.weightsSHA256.hexadecimal
        let summary = CheckpointSummary(files: folder.weightFiles)
        sections = [Self.model(folder), Self.network(folder.unetConfiguration), Self.weights(summary)]
        sections[2].lines.append(("sha256", digest))
        sections.append(
            Section(title: "Parameters", lines: summary.elementsByPart.map { ($0.part, Self.grouped($0.elements)) }))
        json["manifest"] = .object(folder.resolvedManifest.json)
        json["unet"] = .object(folder.unetConfiguration)
        json["scheduler"] = .object(folder.schedulerConfiguration)
        json["weights_sha256"] = .string(digest)
        json["weights"] = .object(summary.json)
        var unfit: [LintFinding] = []
        do {
            let work = try NetworkWork(folder: folder)
            sections.append(Self.work(work))
            json["work"] = .object(work.json)
        } catch {
            sections.append(Section(title: "One evaluation", lines: [("impossible", "\(error)")]))
            unfit = [LintFinding(.error, "\(error)")]
        }
        if lint { add(folder.lint() + unfit + Self.lintSampling(folder)) }
    }

    /// Sampling defaults that the model cannot be served with. What else it cannot be served for is found elsewhere.
    private static func lintSampling(_ folder: ModelFolder) -> [LintFinding] {
        guard folder.manifest?.sampling != nil else { return [] }
        do { _ = try ServedModel.load(path: folder.path) } catch let error as SamplingRefusal {
            return [LintFinding(.error, "\(error)")]
        } catch {}
        return []
    }

    init(file: SafetensorsFile, lint: Bool) {
        let summary = CheckpointSummary(files: [file])
        sections = [Self.weights(summary)]
        if !file.metadata.isEmpty {
            let lines = file.metadata.sorted { $0.key < $1.key }.map { (label: $0.key, value: $0.value) }
            sections.append(Section(title: "Metadata", lines: lines))
        }
        let tensors = file.tensors.map { tensor in
            let shape = tensor.shape.map(String.init).joined(separator: " x ")
            return (
                label: tensor.name,
                value:
                    """
                \(tensor.dtype.rawValue) [\(shape)] \(Self.grouped(tensor.bytes.count)) bytes at \
                \(tensor.bytes.lowerBound)
                """
            )
        }
        sections.append(Section(title: "Tensors", lines: tensors))
        json = summary.json
        json["metadata"] = .object(
            JSONObject(file.metadata.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
        if lint { add(file.lint()) }
    }

    private mutating func add(_ findings: [LintFinding]) {
        self.findings = findings
        let lines = findings.map { (label: $0.severity.rawValue, value: $0.message) }
        sections.append(Section(title: "Lint", lines: lines.isEmpty ? [("", "nothing found")] : lines))
        json["findings"] = .array(
            findings.map { ["severity": .string($0.severity.rawValue), "message": .string($0.message)] })
    }

    private static func model(_ folder: ModelFolder) -> Section {
        let manifest = folder.resolvedManifest
        var section = Section(title: "Model", lines: [("name", manifest.name)])
        if let modality = manifest.modality { section.lines.append(("modality", modality)) }
        section.lines.append(("channels", "\(manifest.channels)"))
        for attribute in manifest.attributes {
            section.lines.append(
                (attribute.name, attribute.values.joined(separator: ", ") + (attribute.multiple ? " (several)" : "")))
        }
        if let null = manifest.nullClass { section.lines.append(("null class", "\(null)")) }
        let schedule = folder.schedulerConfiguration
        let fields = ["beta_schedule", "prediction_type", "num_train_timesteps"].compactMap {
            schedule[$0].map(written)
        }
        section.lines.append(("scheduler", ([folder.schedulerClass ?? "unnamed"] + fields).joined(separator: ", ")))
        if let sampling = manifest.sampling {
            let fields = sampling.map { "\($0.key) \(written($0.value))" }
            section.lines.append(("sampling", fields.joined(separator: ", ")))
        }
        if let licence = manifest.licence { section.lines.append(("licence", licence)) }
        return section
    }

    private static func network(_ configuration: JSONObject) -> Section {
        Section(title: "UNet2DModel", lines: configuration.map { ($0.key, written($0.value)) }.sorted { $0.0 < $1.0 })
    }

    private static func weights(_ summary: CheckpointSummary) -> Section {
        let types = summary.elementsByType.map { "\(grouped($0.elements)) \($0.dtype.rawValue)" }.joined(
            separator: ", ")
        return Section(
            title: "Weights",
            lines: [
                ("elements", "\(grouped(summary.elementCount)) in \(summary.tensors.count) tensors"), ("types", types),
                ("bytes", "\(grouped(summary.tensorBytes)) (file: \(grouped(summary.fileBytes)))"),
            ])
    }

    private static func work(_ work: NetworkWork) -> Section {
        Section(
            title: "One evaluation",
            lines: [
                ("size", "\(work.height) x \(work.width)"), ("multiply-adds", grouped(work.multiplyAdds)),
                ("activations", "\(grouped(work.activationBytes)) bytes"),
                ("weights", "\(grouped(work.weightBytes)) bytes"),
            ])
    }

    /// Sections under their titles, values aligned.
    var text: String {
        sections.map { section in
            let width = section.lines.map(\.label.count).max() ?? 0
            let lines = section.lines.map {
                "  \($0.label)\(String(repeating: " ", count: width - $0.label.count))  \($0.value)"
            }
            return ([section.title] + lines).map(Self.printable).joined(separator: "\n")
        }.joined(separator: "\n\n")
    }

    private static func written(_ value: JSONValue) -> String {
        if let elements = value.array { return elements.map(written).joined(separator: ", ") }
        return value.string ?? String(decoding: value.serialized(), as: UTF8.self)
    }

    /// Names come from files: control characters must not reach the terminal.
    private static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { $0.value < 0x20 || 0x7F...0x9F ~= $0.value ? "\u{FFFD}" : $0 }))
    }

    /// 3806145 -> 3,806,145.
    private static func grouped(_ number: Int) -> String {
        var digits = Array(String(number))
        var place = digits.count - 3
        while place > (number < 0 ? 1 : 0) {
            digits.insert(",", at: place)
            place -= 3
        }
        return String(digits)
    }
}
