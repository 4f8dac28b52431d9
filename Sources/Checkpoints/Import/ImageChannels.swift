import JSON

/// What a network's input and output channels are: an image alone, or beside a low-resolution one (a super-resolution
/// network); an image alone, or with its variances (Nichol & Dhariwal 2021, section 3.1).
struct ImageChannels {
    /// Channels of the image.
    let count: Int
    let seesLowResolution: Bool
    let learnsVariance: Bool

    /// Told by the numbers: images have one channel or three, and of 1 and 3 no two combinations give the same. Others
    /// are taken for those of an image of as many channels as come out.
    init(inputs: Int, outputs: Int) {
        let known = [1, 3].first { [$0, 2 * $0].contains(inputs) && [$0, 2 * $0].contains(outputs) }
        count = known ?? (inputs > 0 && outputs / 2 == inputs && outputs % 2 == 0 ? inputs : outputs)
        seesLowResolution = known != nil && inputs == 2 * count
        learnsVariance = outputs != count
    }

    /// Told by the manifest, if there is one.
    /// - Throws: if it contradicts the network.
    init(inputs: Int, outputs: Int, manifest: ModelManifest?) throws(CheckpointError) {
        guard let manifest else {
            self.init(inputs: inputs, outputs: outputs)
            return
        }
        let count = manifest.channels
        guard outputs == count || outputs == 2 * count else {
            throw CheckpointError(
                path: "--manifest", item: "channels",
                expected: "\(outputs), the outputs of the network, or half of them if it learned its variance",
                got: "\(count)")
        }
        let wanted = manifest.lowResolution == nil ? [count, 2 * count] : [2 * count]
        guard wanted.contains(inputs) else {
            let isPlain = manifest.lowResolution == nil
            throw CheckpointError(
                path: "--manifest", item: isPlain ? "channels" : "low_resolution",
                expected: "what fits \(inputs) input channels and \(outputs) outputs",
                got: "\(count) channels" + (isPlain ? "" : " and those of a low-resolution image"))
        }
        self.init(count: count, seesLowResolution: inputs == 2 * count, learnsVariance: outputs == 2 * count)
    }

    private init(count: Int, seesLowResolution: Bool, learnsVariance: Bool) {
        (self.count, self.seesLowResolution, self.learnsVariance) = (count, seesLowResolution, learnsVariance)
    }

    /// The manifest of a model of these channels.
    /// - Parameter usual: how the library's own code feeds low-resolution images.
    /// - Returns: the manifest, and what it takes for granted.
    func manifest(_ given: ModelManifest?, name: String, classes: Int?, usual: ModelManifest.LowResolution) -> (
        ModelManifest, [ImportAssumption]
    ) {
        var manifest = given ?? .implied(name: name, channels: count, classCount: classes)
        var assumptions: [ImportAssumption] = []
        if given == nil {
            assumptions.append(.init("value_range", [-1, 1], option: "--manifest"))
            if classes != nil { assumptions.append(.init("null_class", .null, option: "--manifest")) }
        }
        if seesLowResolution, manifest.lowResolution == nil {
            manifest.lowResolution = usual
            let value: JSONValue = [
                "order": .string(usual.order.rawValue), "upsampling": .string(usual.upsampling.rawValue),
            ]
            assumptions.append(.init("low_resolution", value, option: "--manifest"))
        }
        return (manifest, assumptions)
    }
}
