import Foundation
import JSON
import TestSupport
import Testing

/// Starts that fail: exit status and one message that says what, where, expected and got. And signals that come early.
@Suite struct StartingTests {
    private func start(_ arguments: [String], environment: [String: String] = [:]) throws -> (status: Int32?, message: String) {
        let child = try ChildProcess(ChildProcess.phantom, arguments, environment: environment)
        return (child.exitStatus(), child.standardError)
    }

    @Test func aModelThatIsNotThere() throws {
        let folder = try TemporaryFolder()
        let (status, message) = try start(
            ["serve", "--port", "0", "--model", "/nowhere/model"], environment: ["PHANTOM_DATABASE": "sqlite:\(folder.path)/j.sqlite"])
        #expect(status == 1)
        #expect(message.contains("/nowhere/model"))
    }

    @Test func aModelWhoseWeightsDoNotFit() throws {
        let checkpoint = try SmallCheckpoint()
        let config = "\(checkpoint.path)/unet/config.json"
        let text = try String(contentsOfFile: config, encoding: .utf8)
        try text.replacingOccurrences(of: "\"in_channels\":1", with: "\"in_channels\":2").write(toFile: config, atomically: true, encoding: .utf8)
        let (status, message) = try start(
            ["serve", "--port", "0", "--model", checkpoint.path], environment: ["PHANTOM_DATABASE": "sqlite:\(checkpoint.folder.path)/j.sqlite"])
        #expect(status == 1)
        #expect(message.contains("conv_in.weight"))
    }

    @Test func noModelAtAll() throws {
        let (status, message) = try start(["serve"])
        #expect(status == 1)
        #expect(message.contains("--model"))
    }

    @Test func aConfigurationWithAFault() throws {
        let folder = try TemporaryFolder()
        let config = "\(folder.path)/config.json"
        try SmallCheckpoint.write(["port": 8080, "prot": 1], to: config)
        let (status, message) = try start(["serve", "--config", config])
        #expect(status == 1)
        #expect(message.contains("/prot"))
        #expect(message.contains(config))
    }

    @Test func anExposedAddressWithoutTokens() throws {
        let checkpoint = try SmallCheckpoint()
        let (status, message) = try start(["serve", "--host", "0.0.0.0", "--port", "0", "--model", checkpoint.path])
        #expect(status == 1)
        #expect(message.contains("0.0.0.0"))
        #expect(message.contains("auth"))
    }

    @Test func aPortAndAStoreThatAreTaken() throws {
        let checkpoint = try SmallCheckpoint()
        let folder = try TemporaryFolder()
        let service = try ServingProcess(model: checkpoint.path, database: "\(folder.path)/jobs.sqlite")
        let port = try start(
            ["serve", "--port", "\(service.port)", "--model", checkpoint.path], environment: ["PHANTOM_DATABASE": "sqlite:\(folder.path)/b.sqlite"])
        #expect(port.status == 1)
        #expect(port.message.contains("\(service.port)"))
        let store = try start(
            ["serve", "--port", "0", "--model", checkpoint.path], environment: ["PHANTOM_DATABASE": "sqlite:\(folder.path)/jobs.sqlite"])
        #expect(store.status == 1)
        #expect(store.message.contains("jobs.sqlite"))
        #expect(store.message.contains("\(service.child.identifier)"))
        #expect(try service.curl("/readyz").status == 200)
    }

    /// A signal to load the models anew that comes early, while the store is opened, is no reason to die of it.
    @Test func aHangUpBeforeThereAreModels() throws {
        let checkpoint = try SmallCheckpoint()
        let store = "\(checkpoint.folder.path)/jobs.sqlite"
        // Somebody has the store: the start waits for it, and then says so.
        let lock = unsafe open("\(store).lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(lock) }
        try #require(lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0)
        let child = try ChildProcess(
            ChildProcess.phantom, ["serve", "--port", "0", "--model", checkpoint.path],
            environment: ["PHANTOM_DATABASE": "sqlite:\(store)"])
        func isWatchingSignals() -> Bool {
            let status = (try? String(contentsOfFile: "/proc/\(child.identifier)/status", encoding: .utf8)) ?? ""
            let ignored = status.split(separator: "\n").first { $0.hasPrefix("SigIgn:") }?.split(separator: "\t").last
            return (ignored.flatMap { UInt64($0, radix: 16) } ?? 0) & (1 << (SIGTERM - 1)) != 0
        }
        let deadline = Date(timeIntervalSinceNow: Patience.seconds)
        while child.isRunning, !isWatchingSignals(), Date() < deadline { Thread.sleep(forTimeInterval: 0.01) }
        child.signal(SIGHUP)
        #expect(child.exitStatus() == 1, "\(child.standardError)")
        #expect(child.standardError.contains("jobs.sqlite"))
    }

    /// What has changed since the configuration was read would be missed if the signal of a service that starts were lost.
    @Test func aHangUpWhileTheServiceStartsIsAnsweredThen() throws {
        let (checkpoint, folder) = (try SmallCheckpoint(), try TemporaryFolder())
        let service = try ServingProcess(model: checkpoint.path, database: "\(folder.path)/jobs.sqlite", probing: "hang-up")
        #expect(service.child.hasLogged("model reloaded"), "\(service.child.standardError)")
        let messages = service.child.standardError.split(separator: "\n").compactMap {
            try? JSONReader().read(String($0))["message"]?.string
        }
        let ready = try #require(messages.firstIndex(of: "ready")), reloaded = try #require(messages.firstIndex(of: "model reloaded"))
        #expect(ready < reloaded)
        #expect(messages.contains("models are loaded anew when those of the start are there"))
        #expect(try service.json("/health")["models"] == ["tiny"])
    }

    @Test(arguments: [
        ["serve", "--port", "70000"], ["serve", "--port", "x"], ["serve", "--prot", "1"], ["generate"], ["nothing"],
        ["generate", "--model", "m", "--output", "o", "--condition", "PA"], ["generate", "--model", "m", "--output", "o", "--threads", "0"],
    ])
    func wrongUsageIs64(_ arguments: [String]) throws { #expect(try start(arguments).status == 64) }

    @Test func aRequestThatCannotBeIsToldFieldByField() throws {
        let checkpoint = try SmallCheckpoint()
        let (status, message) = try start(
            ["generate", "--model", checkpoint.path, "--output", "\(checkpoint.folder.path)/out", "--steps", "5000", "--condition", "view=lateral"])
        #expect(status == 1)
        #expect(message.contains("--steps: expected at most"))
        #expect(message.contains("--condition view: expected"))
        #expect(message.contains("PA, AP"))
        #expect(!FileManager.default.fileExists(atPath: "\(checkpoint.folder.path)/out"))
    }
}
