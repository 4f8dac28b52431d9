import Dispatch

extension DispatchSource {
    /// Calls `action` for a signal instead of what the system does with it, until the source is cancelled. Returns when
    /// it is watched: until then the signal does what it did before, and none is lost.
    /// - Parameters:
    ///   - signal: its number (signal(7)).
    ///   - queue: one of its own has a thread also while all others compute.
    /// - Returns: the source, to be kept.
    package static func watch(
        signal: Int32, queue: DispatchQueue, _ action: @escaping @Sendable () -> Void
    ) -> any DispatchSourceSignal {
        let source = makeSignalSource(signal: signal, queue: queue), registered = DispatchSemaphore(value: 0)
        source.setEventHandler(handler: action)
        source.setRegistrationHandler { registered.signal() }
        source.activate()
        registered.wait()
        return source
    }
}
