import Dispatch

/// How long a test waits for what must come. A hang makes it fail; a machine that is busy with something else must not.
package enum Patience {
    package static let seconds = 180.0

    package static var duration: Duration { .seconds(seconds) }

    /// The moment until which a wait that begins now lasts.
    package static var deadline: DispatchTime { .now() + seconds }
}
