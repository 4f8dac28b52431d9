import Foundation
import TestSupport
import Testing

@Suite struct ChildProcessTests {
    private func shell(_ script: String, takesInput: Bool = false) throws -> ChildProcess {
        try ChildProcess("/bin/sh", ["-c", script], takesInput: takesInput)
    }

    @Test func statusAndOutputsAreTheChilds() throws {
        let child = try shell("echo out; echo err >&2; exit 3")
        #expect(child.exitStatus() == 3 && !child.isRunning)
        #expect(child.standardOutput == Array("out\n".utf8) && child.standardError == "err\n")
    }

    /// Tests run in threads that block signals; their children do not.
    @Test(arguments: [SIGKILL, SIGTERM]) func aSignalIsToldFromAStatus(_ signal: Int32) throws {
        let child = try shell("echo ready; exec sleep 100")
        #expect(child.output(until: "ready") == "ready\n")
        #expect(child.exitStatus(within: 0.05) == nil)
        child.signal(signal)
        #expect(child.exitStatus() == 128 + signal)
    }

    @Test func muchOutputHoldsNobody() throws {
        let child = try shell("head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2")
        #expect(child.exitStatus() == 0)
        #expect(child.standardOutput.count == 3_000_000 && child.standardError.utf8.count == 3_000_000)
    }

    @Test func inputReachesItAndEnds() throws {
        let child = try shell("cat", takesInput: true)
        child.write(Array("words".utf8))
        child.closeInput()
        #expect(child.exitStatus() == 0)
        #expect(child.standardOutput == Array("words".utf8))
    }

    @Test func whatAnEndedChildDoesNotReadIsLost() throws {
        let child = try shell("exit 0", takesInput: true)
        #expect(child.exitStatus() == 0)
        child.write([UInt8](repeating: 0, count: 1 << 20))
        child.closeInput()
    }

    @Test func oneWithoutInputReadsNothing() throws { #expect(try shell("cat").exitStatus() == 0) }

    /// Pipes of other children would stay open for as long as this one lives.
    @Test func itInheritsNoPipes() throws {
        let before = try pipesOfAChild()
        let others = try (0..<20).map { _ in try shell("cat", takesInput: true) }
        #expect(try pipesOfAChild() == before)
        for other in others { other.closeInput() }
        #expect(others.allSatisfy { $0.exitStatus() == 0 })
    }

    private func pipesOfAChild() throws -> Int {
        let child = try ChildProcess("/bin/ls", ["-l", "/proc/self/fd"])
        #expect(child.exitStatus() == 0)
        return String(decoding: child.standardOutput, as: UTF8.self).split(separator: "\n").filter { $0.contains("pipe:") }.count
    }

    /// What Foundation's `Process` dies of.
    @Test func itStartsBesideManyDescriptors() throws {
        let many = try (0..<1_500).compactMap { _ in try FileHandle(forReadingFrom: URL(fileURLWithPath: "/dev/null")) }
        let children = try (0..<20).map { _ in try shell("exit 0") }
        #expect(children.allSatisfy { $0.exitStatus() == 0 })
        #expect(many.count == 1_500)
    }

    @Test func aProgramThatIsNotThereIsAnError() {
        #expect(throws: ChildProcess.NotStarted.self) { try ChildProcess("/nowhere/program") }
    }
}
