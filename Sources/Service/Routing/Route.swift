import HTTP
import HTTPTypes
import Jobs
import JSON

/// One line of the route table.
package struct Route: Sendable {
    /// What the token has to allow, where the configuration lists some.
    package enum Access: Sendable {
        /// None is asked for: probes, the page and the description of the interface.
        case open
        /// Looks at something.
        case read
        /// Makes a job.
        case submit
        /// Ends, deletes or keeps a job.
        case manage
        /// Concerns the whole service.
        case admin

        /// The scopes of which one is needed, the narrowest first.
        package var scopes: [TokenScope] {
            switch self {
            case .open: []
            case .read: [.read, .admin]
            case .submit: [.submit]
            case .manage: [.submit, .admin]
            case .admin: [.admin]
            }
        }

        func isGranted(to scopes: Set<TokenScope>) -> Bool { self == .open || !scopes.isDisjoint(with: self.scopes) }
    }

    /// Where a handler runs. HTTP's own threads never wait for a disk.
    enum Lane: Sendable {
        /// At once, on the connection's thread: touches memory only.
        case immediate
        /// Reads the store.
        case reading
        /// Writes a row and waits for the disk.
        case writing
        /// Decodes, hashes and checks a body of this content, which takes as long as the body is; what comes of it is
        /// then written.
        case planning(Content)
        /// Makes another file out of a stored one.
        case converting
        /// Compares the images of a job.
        case comparing

        /// Whether work that has not begun when the service stops is better refused than done.
        var isLong: Bool {
            switch self {
            case .immediate, .reading, .writing: false
            case .planning, .converting, .comparing: true
            }
        }
    }

    package enum Content: Sendable {
        /// A body is neither needed nor looked at.
        case none
        /// `application/json`; anything else is refused before it is read.
        case json
        /// JSON, or a form with the files in parts of their own.
        case upload
        /// The same, or the file itself.
        case file

        package var mediaTypes: [String] {
            switch self {
            case .none: []
            case .json: ["application/json"]
            case .upload: ["application/json", "multipart/form-data"]
            case .file: ["image/png", "application/dicom", "application/json", "multipart/form-data"]
            }
        }

        func accepts(_ type: MediaType) -> Bool {
            mediaTypes.contains(type.type) && (type.isJSON || type.type != "application/json")
        }
    }

    package let method: HTTPRequest.Method
    package let template: PathTemplate
    package let access: Access
    let lane: Lane
    private(set) var problems: ProblemShape = .document
    let handler: @Sendable (Call) throws(Problem) -> Reply

    init(
        _ method: HTTPRequest.Method, _ template: String, access: Access, lane: Lane,
        _ handler: @escaping @Sendable (Call) throws(Problem) -> Reply
    ) {
        self.method = method
        self.template = PathTemplate(template)
        self.access = access
        self.lane = lane
        self.handler = handler
    }

    /// The same route, which tells its problems in another shape.
    func problems(as shape: ProblemShape) -> Route {
        var route = self
        route.problems = shape
        return route
    }

    /// What is expected of the body.
    package var content: Content { if case .planning(let content) = lane { content } else { .none } }
}

/// One request on its way to one route.
struct Call: Sendable {
    let request: Request
    let parameters: [PathTemplate.Parameter: String]
    let caller: Caller
    /// The client's trace, if it told one.
    var trace: TraceContext?
    /// Scheme, host and port that the client asked, as `https://phantom.example.org`; empty where it named no host.
    var origin = ""

    var fields: HTTPFields { request.head.fields }

    /// The job named in the path, whoever's it is: routes ask `JobDesk.jobID` instead. The template's grammar has let
    /// nothing else through.
    var namedJob: JobID {
        get throws(Problem) {
            guard let text = parameters[.id], let id = JobID(text) else {
                throw Problem(.notFound, "There is no such job.")
            }
            return id
        }
    }

    /// The query, of which a route knows these parameters.
    /// - Throws: 400 if it is badly encoded.
    func query(known: [String]) throws(Problem) -> QueryReader {
        guard let items = request.head.target.queryItems else {
            throw Problem(.unreadable, "The query is badly percent-encoded, or decodes to no UTF-8.")
        }
        return QueryReader(items, known: known)
    }
}

/// What a handler gives back.
enum Reply: Sendable {
    case now(Response)
    /// The answer comes when it comes, without a thread waiting for it.
    case later(@Sendable (Answering) -> Void)
}
