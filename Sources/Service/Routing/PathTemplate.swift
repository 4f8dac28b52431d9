import Imaging
import Jobs

/// The path of a route, as `openapi.yaml` writes it: `/v1/jobs/{id}/images/{n}.json`.
package struct PathTemplate: Sendable, Equatable {
    package enum Segment: Sendable, Equatable {
        case literal(String)
        case parameter(Parameter, suffix: String)
    }

    /// What stands in braces. Each has its grammar, so that what is no id never reaches a handler, let alone a store.
    package enum Parameter: String, Sendable {
        /// The id of a job.
        case id
        /// The index of an image, in digits.
        case n
        /// The name of a model.
        case name
        /// The name of a file of the page.
        case file

        func accepts(_ text: String) -> Bool {
            switch self {
            case .id: JobID(text) != nil
            case .n: text.utf8.allSatisfy(\.isASCIIDigit) && Int32(text).map { String($0) == text } ?? false
            case .name, .file: ModelName.isValid(text)
            }
        }
    }

    package let text: String
    let segments: [Segment]

    /// `text` is one of our own route table; what is not understood in it is a literal and so matches nothing.
    init(_ text: String) {
        self.text = text
        segments = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map { segment in
            guard segment.hasPrefix("{"), let close = segment.firstIndex(of: "}"),
                let parameter = Parameter(rawValue: String(segment[segment.index(after: segment.startIndex)..<close]))
            else { return .literal(String(segment)) }
            return .parameter(parameter, suffix: String(segment[segment.index(after: close)...]))
        }
    }

    /// The parameters if the decoded segments fit, nil otherwise.
    func match(_ path: [String]) -> [Parameter: String]? {
        guard path.count == segments.count else { return nil }
        var parameters: [Parameter: String] = [:]
        for (segment, text) in zip(segments, path) {
            switch segment {
            case .literal(let literal): if literal != text { return nil }
            case .parameter(let parameter, let suffix):
                guard text.hasSuffix(suffix) else { return nil }
                let value = String(text.dropLast(suffix.count))
                guard parameter.accepts(value) else { return nil }
                parameters[parameter] = value
            }
        }
        return parameters
    }
}
