/// Where a sampler of variable steps has come to, of the whole image: what it carries besides latent and slopes.
struct StepControl: Sendable, Equatable {
    /// What the next evaluation of the network is for.
    enum Stage: Sendable, Equatable {
        /// The slope at the beginning of the run.
        case firstSlope
        /// The slope after a small step of Euler's method, which tells the length of the first real one.
        case trial
        /// The next slope of a step of which so many, 1 ... 6, are known.
        case slopes(Int)
        /// Nothing: the run is at its end.
        case end
    }

    /// The time reached, falling from 1 towards 0.
    var time: Double
    /// The length of the step under way, at least 0.
    var length = 0.0
    var stage = Stage.firstSlope
    /// Whether the step before this one was tried again for its error.
    var wasRejected = false
}

/// The form in which saved trajectories hold it: four numbers, in this order.
extension StepControl {
    /// Time, length, stage (-2 first slope, -1 trial, 1 ... 6 slopes known, 7 end) and 1 after a rejection or 0.
    var stored: [Double] { [time, length, stage.stored, wasRejected ? 1 : 0] }

    /// Reads what `stored` gave; nil for numbers that are no such state. Time and length are not checked.
    init?(stored numbers: [Double]) {
        guard numbers.count == 4, let stage = Stage(stored: numbers[2]), numbers[3] == 0 || numbers[3] == 1 else {
            return nil
        }
        self.init(time: numbers[0], length: numbers[1], stage: stage, wasRejected: numbers[3] == 1)
    }
}

extension StepControl.Stage {
    fileprivate var stored: Double {
        switch self {
        case .firstSlope: -2
        case .trial: -1
        case .slopes(let known): Double(known)
        case .end: 7
        }
    }

    fileprivate init?(stored number: Double) {
        switch number {
        case -2: self = .firstSlope
        case -1: self = .trial
        case 1, 2, 3, 4, 5, 6: self = .slopes(Int(number))
        case 7: self = .end
        default: return nil
        }
    }
}
