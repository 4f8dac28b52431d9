import JSON

/// Something about a model that does not fit together.
public struct LintFinding: Sendable, Equatable {
    public enum Severity: String, Sendable {
        /// The model cannot be used as it claims.
        case error
        /// Odd, but it works.
        case warning
    }

    public let severity: Severity
    public let message: String

    public init(_ severity: Severity, _ message: String) {
        self.severity = severity
        self.message = message
    }
}

extension ModelFolder {
    /// What does not fit together in this folder: manifest against configuration, class rows against the class table,
    /// weights that are not finite or not readable. Whether the weights fit the architecture is the network's to say.
    /// - Parameter readingWeights: whether every weight is looked at, which takes as long as reading the files.
    public func lint(readingWeights: Bool = true) -> [LintFinding] {
        var findings = warnings.map { LintFinding(.warning, $0) }
        if manifest == nil {
            findings.append(LintFinding(.warning, "phantom.json is missing: the class table is offered by row numbers"))
        }
        findings += lintChannels() + lintClassTable() + lintScheduler() + lintNorms()
        if readingWeights { for file in weightFiles { findings += file.lint() } }
        return findings
    }

    private func lintChannels() -> [LintFinding] {
        let channels = resolvedManifest.channels
        let input = unetConfiguration["in_channels"]?.number?.int ?? 3
        let output = unetConfiguration["out_channels"]?.number?.int ?? 3
        var findings: [LintFinding] = []
        if output != channels, channels > Int.max / 2 || output != 2 * channels {
            findings.append(
                LintFinding(
                    .error,
                    """
                    out_channels: expected \(channels) as phantom.json says (or twice that, with learned \
                    variance), got \(output)
                    """
                ))
        }
        let wanted = resolvedManifest.lowResolution == nil ? channels : 2 * channels
        if input != wanted {
            let reason =
                resolvedManifest.lowResolution == nil && input == 2 * channels
                ? ": it looks like a super-resolution network, which phantom.json has to say (low_resolution)" : ""
            findings.append(
                LintFinding(.error, "in_channels: expected \(wanted) as phantom.json says, got \(input)\(reason)"))
        }
        return findings
    }

    private func lintClassTable() -> [LintFinding] {
        guard let manifest else { return [] }
        let table = unetConfiguration["num_class_embeds"]?.number?.int
        var findings: [LintFinding] = []
        if manifest.rowCount > table ?? 0 {
            findings.append(
                LintFinding(
                    .error,
                    """
                    num_class_embeds: expected at least \(manifest.rowCount), a row for each attribute value, got \
                    \(table.map(String.init) ?? "none")
                    """
                ))
        }
        guard let null = manifest.nullClass else {
            if table != nil {
                findings.append(
                    LintFinding(
                        .warning, "null_class is missing: no guidance, and every request must state a condition"))
            }
            return findings
        }
        if null >= table ?? 0 {
            findings.append(LintFinding(.error, "null_class: expected a row below \(table ?? 0), got \(null)"))
        } else if null < manifest.rowCount {
            findings.append(LintFinding(.warning, "null_class: row \(null) also belongs to an attribute value"))
        }
        return findings
    }

    private func lintScheduler() -> [LintFinding] {
        var findings: [LintFinding] = []
        let known = ["epsilon", "sample", "v_prediction"]
        if let prediction = schedulerConfiguration["prediction_type"], !known.contains(prediction.string ?? "") {
            findings.append(
                LintFinding(
                    .error,
                    "prediction_type: expected one of \(known.joined(separator: ", ")), got \(prediction.summary)"))
        }
        if schedulerConfiguration["prediction_type"] == nil {
            findings.append(LintFinding(.warning, "prediction_type is missing: epsilon is assumed"))
        }
        return findings
    }
}

extension ModelFolder {
    /// A resnet adds the embedding of time and class to each channel as a whole, and norms the sum: a group of one
    /// channel takes away again what was added (Wu & He 2018, eq. 1 to 3: the mean over the group). With `scale_shift`
    /// the embedding comes after the norm.
    private func lintNorms() -> [LintFinding] {
        guard unetConfiguration["resnet_time_scale_shift"]?.string ?? "default" == "default" else { return [] }
        let groups = unetConfiguration["norm_num_groups"]?.number?.int ?? 32
        let projections = weights.keys.filter { $0.hasSuffix(".time_emb_proj.weight") }
        let erased = projections.filter { weights.shape(of: $0)?.first == groups }.map {
            String($0.dropLast(".time_emb_proj.weight".count))
        }
        guard !erased.isEmpty else { return [] }
        let all = erased.count == projections.count ? "every resnet: the network knows neither, " : ""
        let reason = "norm_num_groups: \(groups) groups of one channel each take time and class away again in "
        return [LintFinding(.warning, reason + all + erased.joined(separator: ", "))]
    }
}

extension SafetensorsFile {
    /// Tensors with values that are not finite, or of types that are not read.
    public func lint() -> [LintFinding] {
        tensors.compactMap { (tensor: TensorEntry) -> LintFinding? in
            guard tensor.dtype.isConvertibleToFloat else {
                return LintFinding(.warning, "\(tensor.name): type \(tensor.dtype.rawValue) is not read here")
            }
            if tensor.dtype.isInteger { return nil }
            do {
                let values = try floats(tensor.name)
                if allFinite(values) { return nil }
                return LintFinding(
                    .error, "\(tensor.name): \(values.count { !$0.isFinite }) of \(values.count) values are not finite")
            } catch { return LintFinding(.error, "\(error)") }
        }
    }
}
