import JSON
import Numbers

/// Which averages of the weights a run keeps. The last of them is what `model/` holds.
public enum AverageSettings: Sendable, Equatable {
    /// Power-function averages of these relative widths, and snapshots of them at so many times of the run, of which
    /// any other width can be made afterwards.
    case widths([Double], snapshots: Int)
    /// An exponential average whose decay rises as 1 - (1 + step/1)^-power to `decay`: diffusers' `EMAModel` with
    /// warm-up.
    case decay(Double, power: Double)

    public static let `default` = AverageSettings.widths([0.05, 0.10], snapshots: 32)

    /// Averages that are kept.
    var count: Int {
        switch self {
        case .widths(let widths, _): widths.count
        case .decay: 1
        }
    }

    /// Relative width of the average that `model/` holds; nil for an exponential one.
    var lastWidth: Double? {
        switch self {
        case .widths(let widths, _): widths.last
        case .decay: nil
        }
    }

    var snapshots: Int {
        switch self {
        case .widths(_, let snapshots): snapshots
        case .decay: 0
        }
    }

    /// What each average takes of the weights after update `step` (from 1), of `batch` images.
    func shares(step: Int) -> [Float] {
        switch self {
        case .widths(let widths, _): return widths.map { PowerAverage(width: $0).share(now: step, step: 1) }
        case .decay(let decay, let power):
            // diffusers' get_decay counts from the second update; the first copies the weights.
            guard step > 1 else { return [1] }
            let rising = 1 - ElementaryFunctions.pow(Double(step), -power)
            return [Float(1 - min(max(rising, 0), decay))]
        }
    }
}

extension AverageSettings {
    /// `{"widths": [0.05, 0.10], "snapshots": 32}` or `{"decay": 0.9999, "power": 0.75}`.
    init(_ cursor: JSONCursor) throws(JSONMismatch) {
        if let decay = try cursor.member("decay") {
            for key in ["widths", "snapshots"] {
                if let other = try cursor.member(key) { throw other.mismatch(expected: "nothing, as decay is given") }
            }
            try cursor.refuseMembers(otherThan: ["decay", "power"])
            self = .decay(
                try decay.double(in: 0...0.999_999_9), power: try cursor.member("power")?.double(in: 0.01...1) ?? 0.75)
            return
        }
        try cursor.refuseMembers(otherThan: ["widths", "snapshots"])
        var widths: [Double] = []
        if let list = try cursor.member("widths") {
            for element in try list.elements(count: 1...4) {
                let width = try element.double(in: PowerAverage.widths)
                guard !widths.contains(width) else { throw element.mismatch(expected: "a width of its own") }
                widths.append(width)
            }
        } else {
            widths = [0.05, 0.10]
        }
        self = .widths(widths, snapshots: try cursor.member("snapshots")?.int(in: 0...1024) ?? 32)
    }

    var json: JSONValue {
        switch self {
        case .widths(let widths, let snapshots):
            ["widths": .array(widths.map { .double($0) }), "snapshots": .integer(snapshots)]
        case .decay(let decay, let power): ["decay": .double(decay), "power": .double(power)]
        }
    }
}
