import Diffusion

/// Bounds that one request must keep, whatever the model.
public struct RequestLimits: Sendable, Equatable {
    /// Images of one job.
    public var count: Int
    /// Sampler steps of one image.
    public var steps: Int
    /// Width times height.
    public var pixels: Int
    /// Memory that one job may take by its estimate.
    public var memoryBytes: Int

    /// What recipes can say at all: for requests that nobody else waits for.
    package static func largest(memoryBytes: Int) -> RequestLimits {
        RequestLimits(count: 1_000_000, steps: 1_000_000, pixels: Recipe.maximumCount, memoryBytes: memoryBytes)
    }

    public init(count: Int, steps: Int, pixels: Int, memoryBytes: Int) {
        self.count = count
        self.steps = steps
        self.pixels = pixels
        self.memoryBytes = memoryBytes
    }
}
