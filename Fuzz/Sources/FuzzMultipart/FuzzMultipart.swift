import FuzzDriver
import HTTP

@_cdecl("FuzzMultipart_main")
public func start(_ count: CInt, _ arguments: Arguments?) -> CInt {
    unsafe runFuzzer(count, arguments, fuzz)
}

/// A form that is read, written anew with its names and contents, has the same parts.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let parts = try? MultipartForm(unsafe input(data, count), boundary: "X").parts else { return 0 }
    // No content of so short an input holds this.
    let boundary = "a-boundary-of-seventy-characters-that-stands-in-no-content-1234567890"
    var body: [UInt8] = []
    for part in parts {
        body += Array("--\(boundary)\r\nContent-Disposition: form-data; name=a\r\n\r\n".utf8) + part.body + [13, 10]
    }
    body += Array("--\(boundary)--\r\n".utf8)
    guard let again = try? MultipartForm(body, boundary: boundary) else { fatalError("a form is not read back") }
    precondition(again.parts.map(\.body) == parts.map(\.body), "contents come back changed")
    return 0
}
