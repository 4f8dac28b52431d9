import Testing

@testable import Imaging

/// What a process may use, told by fake trees of `/proc` and `/sys`.
@Suite struct MachineResourcesTests {
    private static let gibibyte = 1 << 30

    /// Eight processors and 16 GiB, and these files.
    private func resources(_ files: [String: String]) -> MachineResources {
        MachineResources(processors: 8, physicalMemory: 16 * Self.gibibyte) { files[$0] }
    }

    private static let unified = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
    private static let separate = """
        31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
        32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:2 master:1 - cgroup cgroup rw,cpu,cpuacct
        35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory

        """

    @Test func withoutLimitsTheMachineCounts() {
        for files in [[:], ["/proc/self/cgroup": "0::/\n", "/proc/self/mountinfo": Self.unified, "/sys/fs/cgroup/memory.max": "max\n"]] {
            let found = resources(files)
            #expect(found.cores == 8 && found.memory == 16 * Self.gibibyte)
            #expect(found.memorySource == "the machine")
        }
    }

    @Test func aContainersOwnNamespaceHasItsLimitsAtTheRoot() {
        let found = resources([
            "/proc/self/cgroup": "0::/\n", "/proc/self/mountinfo": Self.unified, "/sys/fs/cgroup/memory.max": "2147483648\n",
            "/sys/fs/cgroup/cpu.max": "150000 100000\n",
        ])
        #expect(found.memory == 2 * Self.gibibyte && found.memorySource == "/sys/fs/cgroup/memory.max")
        #expect(found.cores == 2 && found.coresSource == "/sys/fs/cgroup/cpu.max", "one and a half are rounded up")
    }

    @Test(arguments: [("unit", 2), ("slice", 3), ("root", 4)])
    func theLeastOfAllAncestorsCounts(_ least: String, _ gibibytes: Int) {
        let slice = "/sys/fs/cgroup/system.slice"
        let places = ["unit": "\(slice)/phantom.service", "slice": slice, "root": "/sys/fs/cgroup"]
        var files = ["/proc/self/cgroup": "0::/system.slice/phantom.service\n", "/proc/self/mountinfo": Self.unified]
        for (name, place) in places {
            files["\(place)/memory.max"] = name == least ? "\(gibibytes << 30)\n" : "\(8 << 30)\n"
            files["\(place)/cpu.max"] = name == least ? "\(gibibytes * 50_000) 50000\n" : "max 100000\n"
        }
        let found = resources(files)
        #expect(found.memory == gibibytes << 30 && found.memorySource == "\(places[least] ?? "")/memory.max")
        #expect(found.cores == gibibytes && found.coresSource == "\(places[least] ?? "")/cpu.max")
    }

    @Test func whatSlowsDownIsALimitToo() {
        let found = resources([
            "/proc/self/cgroup": "0::/a\n", "/proc/self/mountinfo": Self.unified, "/sys/fs/cgroup/a/memory.max": "4294967296\n",
            "/sys/fs/cgroup/a/memory.high": "3221225472\n",
        ])
        #expect(found.memory == 3 * Self.gibibyte && found.memorySource == "/sys/fs/cgroup/a/memory.high")
    }

    @Test func versionOneHasADirectoryForEachController() {
        let found = resources([
            "/proc/self/cgroup": "11:memory:/docker/ab:cd\n4:cpu,cpuacct:/docker/ab:cd\n1:name=systemd:/docker/ab:cd\n",
            "/proc/self/mountinfo": Self.separate,
            "/sys/fs/cgroup/memory/docker/ab:cd/memory.limit_in_bytes": "1073741824\n",
            // Says "none" in version 1.
            "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
            "/sys/fs/cgroup/cpu,cpuacct/docker/ab:cd/cpu.cfs_quota_us": "50000\n",
            "/sys/fs/cgroup/cpu,cpuacct/docker/ab:cd/cpu.cfs_period_us": "100000\n",
            "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "-1\n", "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
        ])
        #expect(found.memory == Self.gibibyte)
        #expect(found.cores == 1)
    }

    @Test func aContainerInTheHostsNamespaceSeesItsOwnGroupAsTheRootOfTheMount() {
        let found = resources([
            "/proc/self/cgroup": "11:memory:/docker/abcd\n",
            "/proc/self/mountinfo": "35 31 0:32 /docker/abcd /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
            "/sys/fs/cgroup/memory/memory.limit_in_bytes": "1073741824\n",
        ])
        #expect(found.memory == Self.gibibyte)
    }

    @Test(arguments: ["/../../other", "/../unit", "/not/mounted/here", ""])
    func aPathThatIsNotMountedIsTakenForWhatIs(_ path: String) {
        let found = resources([
            "/proc/self/cgroup": "0::\(path)\n",
            "/proc/self/mountinfo": "30 23 0:26 /pod /run/cgroup\\040files rw - cgroup2 none rw\n",
            "/run/cgroup files/memory.max": "1073741824\n",
        ])
        #expect(found.memory == Self.gibibyte && found.memorySource == "/run/cgroup files/memory.max")
    }

    @Test(arguments: [("1", 1), ("f", 4), ("00000000,000000f1", 5), ("ff,ffffffff,ffffffff", 72), ("0", 8), ("", 8)])
    func affinityIsCounted(_ mask: String, _ cores: Int) {
        #expect(resources(["/proc/self/status": "Name:\tphantom\nCpus_allowed:\t\(mask)\nCpus_allowed_list:\t0-71\n"]).cores == cores)
        let both = resources([
            "/proc/self/status": "Cpus_allowed:\t\(mask)\n", "/proc/self/cgroup": "0::/\n", "/proc/self/mountinfo": Self.unified,
            "/sys/fs/cgroup/cpu.max": "300000 100000\n",
        ])
        #expect(both.cores == min(3, cores))
    }

    @Test func inAHybridTheControllersVersionCounts() {
        let found = resources([
            "/proc/self/cgroup": "4:memory:/old\n0::/new\n",
            "/proc/self/mountinfo": Self.separate + "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n",
            "/sys/fs/cgroup/memory/old/memory.limit_in_bytes": "3221225472\n",
            "/sys/fs/cgroup/unified/new/cpu.max": "200000 100000\n",
        ])
        #expect(found.memory == 3 * Self.gibibyte && found.cores == 2)
    }

    @Test(arguments: ["", "\n", "-", "0", "-5", "1e9", "99999999999999999999", "max max", "\u{0}", "1 0", "0 1", " "])
    func whatIsNoLimitIsNone(_ text: String) {
        let found = resources([
            "/proc/self/cgroup": "0::/\n::\n:\n0\n\(text)\n", "/proc/self/mountinfo": Self.unified + "\(text)\n1 2 3 4 5 - -\n- - - - - - -\n",
            "/sys/fs/cgroup/memory.max": text, "/sys/fs/cgroup/cpu.max": text,
            "/sys/fs/cgroup/memory/memory.limit_in_bytes": text, "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "100000",
            "/sys/fs/cgroup/cpu/cpu.cfs_period_us": text,
        ])
        #expect(found.cores == 8 && found.memory == 16 * Self.gibibyte)
    }

    @Test func thisProcessMayUseSomething() {
        let found = MachineResources.current
        #expect(found.cores >= 1 && found.memory > 1 << 24)
    }
}
