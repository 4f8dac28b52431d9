// `phantom serve` with something in it that hangs for ever, for the tests of the stop, or that comes too early.
//
//     ServiceStopProbe WHAT CONFIG.JSON
//
// WHAT is `lane:NAME`, a queue on which handlers run; `store:METHOD`, a call that the store never returns from;
// `hang-up`, a SIGHUP before there is a store; or `nothing`.
import Dispatch
import Foundation
import Jobs
import JobsSQLite
import Service

let arguments = CommandLine.arguments
guard arguments.count == 3 else {
    print("usage: ServiceStopProbe WHAT CONFIG.JSON")
    exit(64)
}
let parts = arguments[1].split(separator: ":").map(String.init)
let configuration = try ConfigurationSources(file: arguments[2]).read()
guard case .sqlite(let path) = configuration.database else { exit(64) }

let signals = ServiceProcess.prepare(configuration)
if parts[0] == "hang-up" { kill(getpid(), SIGHUP) }
let store = HangingStore(try SQLiteJobStore(path: path), hangsIn: parts[0] == "store" ? parts[1] : "")
let service = try Service(configuration, store: store)
if parts[0] == "lane" {
    // Every queue that the lanes have, by the name of its property: one that is added is blocked by its name as well.
    let lanes = Mirror(reflecting: service.lanes).children
    let lane = lanes.first { $0.label == parts[1] }?.value
    guard let queues = lane as? [DispatchQueue] ?? (lane as? DispatchQueue).map({ [$0] }) else { exit(64) }
    for queue in queues { queue.async { hang() } }
}
service.readModels { try ConfigurationSources(file: arguments[2]).read().models }
signals.reloadOnHangUp(service)
try service.start()
signals.wait()
ServiceProcess.end(isComplete: service.stop())
