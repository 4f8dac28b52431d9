import Diffusion
import JSON

/// One fault in a request: where it stands, and what was expected there.
public struct RequestFault: Sendable, Equatable {
    /// A JSON pointer into the body as a URI fragment (`#/steps`, RFC 6901 section 6), `?name` for a query parameter,
    /// or the option of a command. Of a very long one the beginning.
    public let pointer: String
    /// What was expected and what was found, for people.
    public let detail: String

    /// Keeps the beginning of texts that are too long: whatever stands in a request, what is said of it fits a screen.
    public init(pointer: String, detail: String) {
        self.pointer = pointer.excerpt(Self.pointerLength)
        self.detail = detail.excerpt(Self.detailLength)
    }

    /// A value that is not as it has to be.
    package init(_ mismatch: JSONMismatch) {
        self.init(
            pointer: FieldCollector.fragment(mismatch.pointer),
            detail: "expected \(mismatch.expected), got \(mismatch.got)")
    }

    /// A setting that a task, a sampler or a schedule refuses: a field of the request, a member of one, such as
    /// sampler_options/order, or something else.
    init(_ setting: InvalidSetting, known: [String]) {
        let isField = known.contains(String(setting.field.prefix { $0 != "/" }))
        self.init(
            pointer: isField ? "#/\(setting.field)" : "#",
            detail: "\(isField ? "" : "\(setting.field): ")expected \(setting.expected), got \(setting.got)")
    }

    /// A member of a body that nobody asks for.
    package static func unknownField(_ name: String, known: [String]) -> RequestFault {
        RequestFault(
            pointer: FieldCollector.pointer(name), detail: "unknown field; known are \(known.joined(separator: ", "))")
    }

    /// Unicode scalars of a pointer and of a detail at most.
    static let pointerLength = 800
    package static let detailLength = 2000
}
