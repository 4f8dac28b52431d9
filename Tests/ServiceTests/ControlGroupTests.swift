import Foundation
import TestSupport
import Testing

/// The service within the limits of a container.
@Suite struct ControlGroupTests {
    /// A `/sys/fs/cgroup` of a process's own: needs a namespace of mounts, which is not granted everywhere.
    @Test(arguments: [("memory.max", "cpu.max", "100000 100000"), ("memory/memory.limit_in_bytes", "cpu/cpu.cfs_quota_us", "100000")])
    func theServiceFollowsItsControlGroup(_ memory: String, _ quota: String, _ value: String) throws {
        let mount = "mount -t tmpfs none /sys/fs/cgroup && mkdir -p /sys/fs/cgroup/memory /sys/fs/cgroup/cpu"
        let allowed = try ChildProcess("/usr/bin/env", ["unshare", "-m", "sh", "-c", mount])
        guard allowed.exitStatus() == 0 else {
            print("passed over: this process may not mount a /sys/fs/cgroup of its own (\(allowed.standardError))")
            return
        }
        let checkpoint = try SmallCheckpoint()
        let folder = try TemporaryFolder()
        let files = "cd /sys/fs/cgroup && echo 100000 > cpu/cpu.cfs_period_us && echo 1610612736 > \(memory) && echo \(value) > \(quota)"
        let serve = "exec \(ChildProcess.phantom) serve --model \(checkpoint.path) --port 0"
        let child = try ChildProcess(
            "/usr/bin/env", ["unshare", "-m", "sh", "-c", "\(mount) && \(files) && \(serve)"],
            environment: ["PHANTOM_DATABASE": "sqlite:\(folder.path)/jobs.sqlite", "PHANTOM_LOG_FORMAT": "json"])
        child.hasLogged("\"ready\"")
        child.signal(SIGKILL)
        let log = child.standardError
        #expect(log.contains("1610612736") && log.contains("/sys/fs/cgroup/\(memory)"), "\(log)")
        #expect(log.contains("/sys/fs/cgroup/\(quota)"), "\(log)")
    }
}
