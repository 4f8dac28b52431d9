import ArgumentParser
import Imaging

extension OfflineTask {
    /// What no model is needed to judge is wrong usage; the rest is refused when the model is known.
    /// - Throws: `ValidationError` naming the options.
    func validateUsage() throws {
        do throws(RequestRefusal) { try checkOptions() } catch { throw ValidationError("\(error)") }
    }
}
