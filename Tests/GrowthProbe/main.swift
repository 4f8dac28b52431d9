import HTTPTypes
import Service

// Sends every route of the service requests of three sizes for every shape that a request can have, and prints what was
// counted.

let bench = try GrowingBench()
for control in Measurement.controls() { print(control.line) }
for route in bench.router.routes {
    let name = "\(route.method.rawValue) \(route.template.text)"
    for shape in shapes(of: route) { print(try Measurement(name, shape, on: bench).line) }
}

/// - Returns: what a request of this route can be large in. A route that takes what has no shapes here ends the
/// program.
func shapes(of route: Route) -> [Shape] {
    let target = route.template.text.replacing("{n}", with: "0").replacing("{name}", with: GrowingBench.model.name)
        .replacing("{file}", with: "page.css")
    guard !target.replacing("{id}", with: "").contains("{") else {
        fatalError("\(target) has a parameter that nobody fills in")
    }
    func request(_ type: String?, _ body: [UInt8]) -> WireRequest {
        WireRequest(method: route.method.rawValue, target: target, type: type, body: body)
    }
    let types = route.content.mediaTypes
    let usual =
        types.contains("application/json") ? request("application/json", Array("{}".utf8)) : request(types.first, [])
    var shapes = RequestShapes.all(usual) + JobShapes.all(usual)
    for type in types {
        switch type {
        case "application/json":
            func send(_ body: String) -> WireRequest { request(type, Array(body.utf8)) }
            shapes += JSONShapes.all(send)
            if types.count > 1 { shapes += JSONShapes.files(send, hasMask: target == "/v1/inpaintings") }
            if target == "/v1/inpaintings" { shapes.append(JSONShapes.resampling(send)) }
        case "multipart/form-data": shapes += FormShapes.all { request(FormShapes.type, $0) }
        case "image/png", "application/dicom":
            shapes += FileShapes.all.filter { $0.type == type }.map { shape in
                Shape(shape.name, shape.base) { request(type, shape.file($0)) }
            }
        default: fatalError("\(target) takes \(type), of which nobody knows how large it can be")
        }
    }
    return shapes
}
