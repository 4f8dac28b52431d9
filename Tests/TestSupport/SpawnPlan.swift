import Glibc
import Locking

/// What posix_spawn(3) is told: program, arguments, environment, and the child's three first descriptors.
@safe struct SpawnPlan: ~Copyable {
    /// Held while a child starts, and while a pipe is made that it must not inherit.
    static let oneAtATime = Lock(())

    private let program: String
    private let arguments: [String]
    private let environment: [String]
    private let actions: UnsafeMutablePointer<posix_spawn_file_actions_t>
    /// Ends that only the child uses; closed here when it has them.
    private var childsEnds: [Int32] = []

    init(_ program: String, _ arguments: [String], _ environment: [String: String]) {
        self.program = program
        self.arguments = [program] + arguments
        self.environment = environment.map { "\($0.key)=\($0.value)" }
        unsafe actions = .allocate(capacity: 1)
        unsafe posix_spawn_file_actions_init(actions)
    }

    deinit {
        for end in childsEnds { close(end) }
        unsafe posix_spawn_file_actions_destroy(actions)
        unsafe actions.deallocate()
    }

    /// - Returns: the end to write into, if there is one.
    mutating func connectInput(_ takesInput: Bool) throws -> Int32? {
        guard takesInput else {
            unsafe posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0)
            return nil
        }
        var ends: [Int32] = [0, 0]
        // A socket: of a pipe whose reader has ended a write would end this process (SIGPIPE).
        let kind = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw ChildProcess.NotStarted(program: program, reason: unsafe String(cString: strerror(errno)))
        }
        childsEnds.append(ends[0])
        unsafe posix_spawn_file_actions_adddup2(actions, ends[0], 0)
        return ends[1]
    }

    mutating func connect(_ number: Int32, to place: ChildProcess.Destination, collecting pipe: OutputPipe) throws {
        switch place {
        case .collected:
            let end = try pipe.open()
            childsEnds.append(end)
            unsafe posix_spawn_file_actions_adddup2(actions, end, number)
        case .standardOutput: unsafe posix_spawn_file_actions_adddup2(actions, 1, number)
        case .descriptor(let descriptor): unsafe posix_spawn_file_actions_adddup2(actions, descriptor, number)
        case .nowhere: unsafe posix_spawn_file_actions_addopen(actions, number, "/dev/null", O_WRONLY, 0)
        }
    }

    /// - Returns: the process's number.
    func start() throws -> Int32 {
        let argumentTexts = unsafe arguments.map { unsafe strdup($0) } + [nil]
        let environmentTexts = unsafe environment.map { unsafe strdup($0) } + [nil]
        defer { unsafe (argumentTexts + environmentTexts).forEach { unsafe free($0) } }
        // As a shell starts it: threads of Dispatch, where tests run, block signals, and a child would inherit that.
        var attributes = posix_spawnattr_t(), none = sigset_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var identifier: pid_t = 0
        let failure = Self.oneAtATime.withLock { _ in
            unsafe posix_spawn(&identifier, program, actions, &attributes, argumentTexts, environmentTexts)
        }
        guard failure == 0 else {
            throw ChildProcess.NotStarted(program: program, reason: unsafe String(cString: strerror(failure)))
        }
        return identifier
    }
}
