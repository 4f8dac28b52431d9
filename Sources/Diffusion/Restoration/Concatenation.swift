import Images

/// How a model trained for super-resolution is shown the low-resolution image: enlarged, in further channels.
public struct Concatenation: Sendable, Equatable {
    /// The order of the network's input channels.
    public enum Order: String, Sendable, CaseIterable {
        /// The low-resolution image, then x_t: SR3 (Saharia et al. 2021) and its ports.
        case conditionFirst = "condition-first"
        /// x_t, then the low-resolution image: MONAI's `DiffusionInferer(mode="concat")`.
        case imageFirst = "image-first"
    }

    public var order: Order
    public var upsampling: Upsampling

    public init(order: Order, upsampling: Upsampling) {
        (self.order, self.upsampling) = (order, upsampling)
    }

    package func input(_ sample: [Float], condition: [Float]) -> [Float] {
        switch order {
        case .conditionFirst: condition + sample
        case .imageFirst: sample + condition
        }
    }
}
