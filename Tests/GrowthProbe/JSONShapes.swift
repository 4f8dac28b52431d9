import Foundation

/// What a JSON body may be large in: by the grammar, and in each field that holds more than one value.
enum JSONShapes {
    /// - Parameter send: makes a request of a body.
    static func all(_ send: @escaping (String) -> WireRequest) -> [Shape] {
        func shape(_ name: String, _ base: Int, _ body: @escaping (Int) -> String) -> Shape {
            Shape("JSON: " + name, base) { send(body($0)) }
        }
        return [
            shape("unknown keys", 400) { "{\(list($0) { "\"unknown field number \($0)\":1" })}" },
            shape("a long key", 4000) { "{\"\(repeated("k", $0))\":1}" },
            shape("a key twice after many", 400) {
                "{\(list($0) { "\"unknown field number \($0)\":1" }),\"unknown field number 0\":2}"
            },
            shape("a string", 4000) { "{\"seed\":\"\(repeated("1", $0))\"}" },
            shape("a string of escapes", 2000) { "{\"sampler\":\"\(repeated("\\u00e9", $0))\"}" },
            shape("a string of long characters", 2000) { "{\"sampler\":\"\(repeated("e\u{301}", $0))\"}" },
            shape("digits", 4000) { "{\"steps\":1\(repeated("0", $0))}" },
            shape("digits of a fraction", 4000) { "{\"guidance\":1.\(repeated("0", $0))1}" },
            shape("digits of an exponent", 4000) { "{\"eta\":1e-\(repeated("0", $0))1}" },
            shape("an array", 2000) { "{\"steps\":[\(list($0) { "\($0)" })]}" },
            shape("an array of arrays", 1000) { "{\"width\":[\(list($0) { _ in "[]" })]}" },
            shape("an array of objects", 1000) { "{\"height\":[\(list($0) { _ in "{\"a\":{}}" })]}" },
            shape("nesting", 15) { "{\"noise\":" + repeated("[", $0) + repeated("]", $0) + "}" },
            shape("nested objects", 15) { repeated("{\"a\":", $0) + "1" + repeated("}", $0) },
            shape("white space", 4000) { "{" + repeated(" \n", $0) + "}" },
            shape("lines before a fault", 4000) { "{" + repeated("\n", $0) + "x" },
            shape("unknown attributes", 400) {
                "{\"condition\":{\(list($0) { "\"unknown attribute \($0)\":\"x\"" })}}"
            },
            shape("a long key before an array", 1000) {
                "{\"condition\":{\"\(repeated("k", $0))\":[\(list($0) { _ in "1" })]}}"
            },
            shape("values", 500) {
                "{\"condition\":{\"finding\":[\(list($0) { "\"the finding of number \($0)\"" })]}}"
            },
            shape("values of the last", 500) { size in
                "{\"condition\":{\"finding\":[\(list(size) { "\"the finding of number \(GrowingBench.values - 1 - $0)\"" })]}}"
            },
            shape("unknown values", 500) { "{\"condition\":{\"finding\":[\(list($0) { "\"x\($0)\"" })]}}" },
            shape("a long value", 4000) { "{\"condition\":{\"finding\":[\"\(repeated("x", $0))\"]}}" },
            shape("options of the sampler", 400) {
                "{\"sampler_options\":{\(list($0) { "\"unknown option \($0)\":1" })}}"
            },
            shape("ends of an interval", 1000) { "{\"guidance_interval\":{\"steps\":[\(list($0) { _ in "0.5" })]}}" },
            shape("a picture that is none", 4000) {
                "{\"image\":\"\(repeated("QUJD", $0))\",\"mask\":\"\(repeated("QUJD", $0))\"}"
            },
            shape("a picture that is no base64", 4000) { "{\"image\":\"\(repeated("Q~", $0))\"}" },
            shape("a picture of many values", 1000) { "{\"image\":[\(list($0) { _ in "1" })]}" },
        ]
    }

    /// Restorations that are refused because they go back up too often: by a number, of which the body is no longer.
    static func resampling(_ send: @escaping (String) -> WireRequest) -> Shape {
        let picture = Data(FileShapes.picture(rows: 16)).base64EncodedString()
        return Shape("JSON: returns", 250, growth: .constant) {
            send(
                "{\"image\":\"\(picture)\",\"mask\":\"\(picture)\",\"method\":\"repaint\",\"sampler\":\"ddim\",\"steps\":1000,"
                    + "\"resample\":{\"length\":10,\"count\":\($0)}}")
        }
    }

    /// A file in the field `image`, and in `mask` where there is one.
    static func files(_ send: @escaping (String) -> WireRequest, hasMask: Bool) -> [Shape] {
        FileShapes.all.map { shape in
            Shape("JSON: \(shape.name)", shape.base) { size in
                let text = Data(shape.file(size)).base64EncodedString()
                return send(hasMask ? "{\"image\":\"\(text)\",\"mask\":\"\(text)\"}" : "{\"image\":\"\(text)\"}")
            }
        }
    }
}
