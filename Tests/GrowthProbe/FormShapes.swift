/// What a body of multipart/form-data may be large in.
enum FormShapes {
    private static let boundary = "growth"
    static let type = "multipart/form-data; boundary=growth"

    /// - Parameter send: makes a request of a body.
    static func all(_ send: @escaping ([UInt8]) -> WireRequest) -> [Shape] {
        func shape(_ name: String, _ base: Int, _ body: @escaping (Int) -> [UInt8]) -> Shape {
            Shape("form: " + name, base) { send(body($0)) }
        }
        func text(_ text: String) -> [UInt8] { Array(text.utf8) }
        return [
            shape("parts", 2) { size in (0..<size).flatMap { part("part\($0)", text(repeated("x", 500))) } + end },
            shape("a part", 4000) { part("image", text(repeated("x", $0))) + end },
            shape("lines of a part", 2000) { part("image", text(repeated("\r\n", $0))) + end },
            shape("all but delimiters", 1000) { part("image", text(repeated("\r\n--growt", $0))) + end },
            shape("preamble", 4000) { text(repeated("\r\n-", $0)) + text("\r\n") + part("image", []) + end },
            shape("epilogue", 4000) { part("image", []) + end + text(repeated("x", $0)) },
            shape("no end", 2000) { part("image", text(repeated("\r\n--", $0))) },
            shape("header lines of a part", 60) {
                part("image", [], fields: list($0, separator: "") { "X-\($0): v\r\n" }) + end
            },
            shape("a header line of a part", 800) {
                part("image", [], fields: "X: " + repeated("v", $0) + "\r\n") + end
            },
            shape("parameters of a disposition", 100) {
                part("image\"" + list($0, separator: "") { "; p\($0)=\"v\"" } + "; q=\"", []) + end
            },
            shape("a file name", 800) { part("image\"; filename=\"" + repeated("\\n", $0 / 2), []) + end },
            shape("keys of the request", 400) {
                part("request", text("{\(list($0) { "\"unknown field \($0)\":1" })}")) + end
            },
            shape("a part's name", 800) { part(repeated("n", $0), []) + end },
        ]
    }

    private static func part(_ name: String, _ content: [UInt8], fields: String = "") -> [UInt8] {
        Array("--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\(fields)\r\n".utf8) + content + [
            13, 10,
        ]
    }

    private static let end = Array("--\(boundary)--\r\n".utf8)
}
