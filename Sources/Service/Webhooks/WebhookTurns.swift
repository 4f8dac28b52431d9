import Jobs

/// Whose turn it is to be told: hosts take turns, and each has one delivery on its way at a time. So one that answers
/// nothing holds up its own deliveries, and no others but for one lane. A value without a clock or a lock.
package struct WebhookTurns {
    /// Deliveries to one host that are at hand; the others stay in the outbox.
    package static let mostOfHost = 256

    private struct Line {
        var waiting: ArraySlice<JobDelivery> = []
        var isBusy = false
    }

    private var lines: [String: Line] = [:]
    /// Hosts that have something waiting; the first has waited longest.
    private var rotation: [String] = []
    /// What is at hand, by places in the outbox.
    private var known: Set<Int64> = []
    /// What has been finished since the outbox is looked at: what is read there may be of the time before.
    private var finished: Set<Int64> = []

    package init() {}

    /// Before the outbox is looked at.
    /// - Returns: hosts that have as much at hand as they may.
    package mutating func beginLook() -> Set<String> {
        finished = []
        return Set(lines.filter { $0.value.waiting.count >= Self.mostOfHost }.keys)
    }

    /// Takes in what the outbox had; what is known already, or too much of one host, is passed over.
    package mutating func add(_ deliveries: [JobDelivery]) {
        for delivery in deliveries where !finished.contains(delivery.ordinal) {
            let host = delivery.host
            var line = lines[host] ?? Line()
            guard line.waiting.count < Self.mostOfHost, known.insert(delivery.ordinal).inserted else { continue }
            if line.waiting.isEmpty { rotation.append(host) }
            line.waiting.append(delivery)
            lines[host] = line
        }
    }

    /// The delivery whose turn it is, which is on its way from now on until `finish`; nil if there is none.
    package mutating func next() -> JobDelivery? {
        guard let place = rotation.firstIndex(where: { lines[$0]?.isBusy == false }) else { return nil }
        let host = rotation.remove(at: place)
        guard let delivery = lines[host]?.waiting.popFirst() else { return nil }
        lines[host]?.isBusy = true
        if lines[host]?.waiting.isEmpty == false { rotation.append(host) }
        return delivery
    }

    /// The delivery is no longer on its way.
    package mutating func finish(_ delivery: JobDelivery) {
        known.remove(delivery.ordinal)
        finished.insert(delivery.ordinal)
        lines[delivery.host]?.isBusy = false
        if lines[delivery.host]?.waiting.isEmpty ?? false { lines[delivery.host] = nil }
    }
}
