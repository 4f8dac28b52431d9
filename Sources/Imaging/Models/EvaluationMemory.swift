import Networks

/// Holds an evaluation that is about to be made against the memory of the machine, so that a size from outside ends in
/// a message and not in a process that the system kills.
public enum EvaluationMemory {
    /// The most pixels of all rows of one evaluation: what is reckoned from them stays a number.
    public static let mostPixels = 1 << 26

    /// Why an evaluation is not made.
    public struct Exceeded: Error, Sendable, Equatable, CustomStringConvertible {
        public let expected: String
        public let got: String

        public var description: String { "expected \(expected), got \(got)" }
    }

    /// - Throws: `Exceeded`; or what `UNet.cost` throws for a size that the network cannot take.
    public static func check(_ network: UNet, rows: Int, height: Int, width: Int, threads: Int) throws {
        let (area, overflow) = height.multipliedReportingOverflow(by: width)
        let (pixels, overflows) = area.multipliedReportingOverflow(by: rows)
        guard !overflow, !overflows, pixels <= mostPixels else {
            throw Exceeded(
                expected: "at most \(mostPixels) pixels in one evaluation", got: "\(rows) x \(height) x \(width)")
        }
        let (bytes, memory) = (
            try network.cost(batch: rows, height: height, width: width, threads: threads).bytes,
            MachineResources.current.memory
        )
        guard bytes <= memory else {
            throw Exceeded(
                expected: "an evaluation within the \(memory) bytes of memory",
                got: "\(rows) x \(height) x \(width) pixels, which take \(bytes)")
        }
    }
}
