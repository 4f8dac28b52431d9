import Dispatch
import HTTP
import HTTPTypes
import Imaging
import Locking
import Logging

/// Finds the route of a request, guards it, runs it on its lane, and turns what it throws into a problem document.
package final class Router: Handler {
    private let table = Lock<[Route]>([])
    let status: ServiceStatus
    private let lanes: Lanes
    let authentication: BearerAuthentication
    private let hosts: HostList
    let origins: Origin
    private let proxies: [NetworkRange]
    let logger: Logger
    let metrics: ServiceMetrics

    /// - Parameter configuration: who may ask, from where, and under which names.
    package init(
        _ configuration: Configuration, status: ServiceStatus, lanes: Lanes, logger: Logger,
        metrics: ServiceMetrics = ServiceMetrics()
    ) {
        self.metrics = metrics
        self.status = status
        self.lanes = lanes
        authentication = BearerAuthentication(configuration.auth)
        hosts = HostList(configuration)
        origins = Origin(allowed: configuration.cors)
        proxies = configuration.proxies
        self.logger = logger
    }

    /// Adds to the route table: probes are there before the models are.
    package func install(_ routes: [Route]) { table.withLock { $0 += routes } }

    /// Puts other routes in the place of all; requests that were resolved before go their way.
    func replace(_ routes: [Route]) { table.withLock { $0 = routes } }

    package var routes: [Route] { table.withLock { $0 } }

    // MARK: Handler

    package func admit(_ head: RequestHead) -> Admission {
        let started = Platform.monotonicNanoseconds()
        var resolved: Route?
        do throws(Problem) {
            let forwarding = Forwarding(head, proxies: proxies)
            // Before anything is told, and whatever is asked: reading is as much of a page's power over a rebound name
            // as changing.
            try hosts.check([head.authority].compactMap(\.self) + forwarding.hosts)
            if head.method == .options {
                var acceptance = Acceptance(bodyLimit: Self.ignoredBody) { [self] in
                    answerOptions($0, $1, admitted: started)
                }
                acceptance.refusal = { [self] in refusal($0, RequestRecord(head, admitted: started)) }
                return .accept(acceptance)
            }
            let (route, parameters) = try resolve(head)
            resolved = route
            let caller = try guardRoute(route, head, forwarding)
            let describe = { @Sendable in RequestRecord(head, route: route, who: caller.name, admitted: started) }
            var acceptance = Acceptance(
                bodyLimit: route.content == .none ? Self.ignoredBody : nil, on: queue(for: route, head)
            ) { [self] request, responder in
                let record = describe()
                var call = Call(request: request, parameters: parameters, caller: caller, trace: record.trace)
                call.origin = forwarding.origin(of: head)
                answer(call, by: route, responder, record)
            }
            acceptance.refusal = { [self] in refusal($0, describe()) }
            return .accept(acceptance)
        } catch {
            return .refuse(refusal(error, RequestRecord(head, route: resolved, admitted: started)))
        }
    }

    /// Bodies that nobody asked for are read and forgotten up to this size.
    private static let ignoredBody = 64 << 10

    private func queue(for route: Route, _ head: RequestHead) -> DispatchQueue? {
        switch route.lane {
        case .immediate: nil
        case .reading: lanes.reading
        case .writing: lanes.writing
        case .planning(let content): lanes.planning(content, head.framing)
        case .converting: lanes.converting
        case .comparing: lanes.comparing
        }
    }

    /// Runs the route's handler, in the lane that the acceptance named.
    private func answer(
        _ call: Call, by route: Route, _ responder: Responder, _ record: RequestRecord
    ) {
        do throws(Problem) {
            if route.lane.isLong, status.isDraining { try status.requireAccepting() }
            switch try route.handler(call) {
            case .now(let response): responder.respond(complete(response, record))
            case .later(let start):
                start(
                    Answering(
                        responder: responder, complete: { [self] in complete($0, record, refusal: $1) },
                        describe: { .problem($0, instance: record.head?.path, shape: route.problems) }))
            }
        } catch {
            responder.respond(refusal(error, record))
        }
    }

    private func answerOptions(_ request: Request, _ responder: Responder, admitted: UInt64) {
        let record = RequestRecord(request.head, admitted: admitted)
        do throws(Problem) {
            responder.respond(complete(try options(request.head), record))
        } catch {
            responder.respond(refusal(error, record))
        }
    }
}
