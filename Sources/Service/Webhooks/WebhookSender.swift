import Dispatch
import HTTP
import JSON
import Jobs
import Locking
import Logging

/// Tells ends of jobs to the addresses that their requests named: each at least once, and again for as long as nobody
/// takes it. What has been told is forgotten only then, so a process that dies tells it again.
package final class WebhookSender: Sendable {
    /// How it is told.
    package struct Settings: Equatable, Sendable {
        package var secret: WebhookSecret
        package var targets = WebhookTargets()
        /// Seconds to the second attempt; each later one waits twice as long as the one before.
        package var firstRetry = 5.0
        /// Seconds between two attempts at most.
        package var longestRetry = 86_400.0

        package init(secret: WebhookSecret) { self.secret = secret }
    }

    /// Seconds for one attempt.
    private static let patience = 10.0
    /// Days after which what nobody has taken is given up.
    private static let lastDay = 30
    /// Deliveries that are made at a time, each to another host.
    private static let lanes = 4

    private let outbox: any JobOutbox
    private let settings: Settings
    private let metrics: ServiceMetrics
    private let logger: Logger
    private let queue = DispatchQueue(label: "phantom.webhooks", qos: .utility)
    /// Those on which no delivery is made at present. What blocks has a thread of its own.
    private let idle = Lock((0..<lanes).map { DispatchQueue(label: "phantom.webhooks.\($0)", qos: .utility) })
    /// nil after the stop.
    private let turns = Lock<WebhookTurns?>(WebhookTurns())

    package init(outbox: any JobOutbox, settings: Settings, metrics: ServiceMetrics, logger: Logger) {
        (self.outbox, self.settings, self.metrics, self.logger) = (outbox, settings, metrics, logger)
    }

    package func start() { look() }

    /// Nothing is begun after this.
    package func stop() { turns.withLock { $0 = nil } }

    /// Twice a second, for all whose time has come; where so many are that looking takes long, as seldom as takes a
    /// twentieth of the time.
    private func look(after pause: Duration = interval) {
        queue.asyncAfter(deadline: .now() + pause.dispatchInterval) { [weak self] in
            guard let self, let full = turns.withLock({ $0?.beginLook() }) else { return }
            let start = ContinuousClock.now
            if let due = try? outbox.dueDeliveries(at: .now, limit: 4_096, exceptTo: full) {
                turns.withLock { $0?.add(due) }
            }
            beginAll()
            look(after: max(Self.interval, start.duration(to: .now) * 20))
        }
    }

    private static let interval = Duration.milliseconds(500)

    /// Begins as many as there are lanes for.
    private func beginAll() {
        while let lane = idle.withLock({ $0.popLast() }) {
            guard let delivery = turns.withLock({ $0?.next() }) else {
                idle.withLock { $0.append(lane) }
                return
            }
            lane.async { [self] in
                if isOwn(delivery) { settle(delivery, send(delivery)) }
                turns.withLock { $0?.finish(delivery) }
                idle.withLock { $0.append(lane) }
                beginAll()
            }
        }
    }

    /// Whether it is this process that makes the delivery: others may have seen it as well.
    private func isOwn(_ delivery: JobDelivery) -> Bool {
        (try? outbox.claim(delivery, at: .now, for: .seconds(3 * Self.patience))) ?? false
    }

    private func send(_ delivery: JobDelivery) -> WebhookPost.Outcome {
        let body = Self.body(delivery), seconds = Timestamp.now.milliseconds / 1_000
        // The same for each attempt: by it a receiver tells what it has had.
        let id = "end_\(delivery.end.job)"
        var headers = [
            "Content-Type: application/json", "User-Agent: phantom/\(Service.version)", "Expect:", "webhook-id: \(id)",
            "webhook-timestamp: \(seconds)",
            "webhook-signature: \(settings.secret.signature(id: id, seconds: seconds, body: body))",
        ]
        if let trace = delivery.trace { headers.append("traceparent: \(trace)") }
        let isSecure = delivery.url.hasPrefix("https:"), targets = settings.targets
        return WebhookPost.send(body, to: delivery.url, headers: headers, seconds: Self.patience) {
            targets.permits($0, isSecure: isSecure)
        }
    }

    private func settle(_ delivery: JobDelivery, _ outcome: WebhookPost.Outcome) {
        let (fate, word) = fate(of: delivery, outcome)
        // What cannot be written now is told once more.
        try? outbox.settle(delivery, fate)
        metrics.count("phantom_webhook_deliveries_total", [("outcome", word)])
        guard word != "delivered" else { return }
        // The address is the client's own and may hold what only it knows: it is not logged.
        logger.log(
            level: word == "failed" ? .info : .warning, "a webhook was not delivered",
            metadata: [
                "job": "\(delivery.end.job)", "outcome": "\(word)",
                "attempt": .stringConvertible(delivery.attempts + 1),
                "reason": "\(outcome)",
            ])
    }

    private func fate(of delivery: JobDelivery, _ outcome: WebhookPost.Outcome) -> (DeliveryFate, String) {
        let now = Timestamp.now.milliseconds
        switch outcome {
        case .status(200...299): return (.over, "delivered")
        // Standard Webhooks: the receiver wants no more of it.
        case .status(410), .refused: return (.over, "abandoned")
        case .status, .failed:
            let age = now - delivery.end.at.milliseconds
            guard age < JobRules.milliseconds(days: Self.lastDay) else { return (.over, "abandoned") }
            let wait = min(settings.longestRetry, settings.firstRetry * Double(1 << min(delivery.attempts, 40)))
            // Up to a tenth more, so that what failed together does not come back together.
            let milliseconds = Int64(wait * Double.random(in: 1...1.1) * 1_000)
            return (.again(at: Timestamp(milliseconds: now + milliseconds)), "failed")
        }
    }

    /// Links only: what the job is, its owner asks for with its token.
    package static func body(_ delivery: JobDelivery) -> [UInt8] {
        let end = delivery.end
        let document: JSONObject = [
            "type": .string("job.\(end.status.rawValue)"), "timestamp": .string(end.at.rfc3339),
            "data": [
                "id": .string("\(end.job)"), "kind": .string(end.kind), "status": .string(end.status.rawValue),
                "urls": ["self": .string(JobPath.job(end.job)), "archive": .string(JobPath.archive(end.job))],
            ],
        ]
        return document.serialized()
    }
}
