import Foundation
@testable import Service
import TestSupport
import Testing
import Yams

/// What `deploy` says of names, ports, variables and paths, against what the program has.
@Suite struct DeploymentTests {
    private static let folder = Repository.path("deploy")

    private static var files: [String] {
        (FileManager.default.enumerator(atPath: folder)?.allObjects as? [String] ?? []).filter { path in
            ["compose/", "kubernetes/", "systemd/", "nginx/", "caddy/"].contains { path.hasPrefix($0) } && path.contains(".")
                || path == "caddy/Caddyfile"
        }.sorted()
    }

    private func text(_ path: String) throws -> String {
        try String(contentsOfFile: "\(Self.folder)/\(path)", encoding: .utf8)
    }

    private func documents(_ path: String) throws -> [[String: Any]] {
        try load_all(yaml: try text(path)).compactMap { $0 as? [String: Any] }
    }

    @Test func allThatIsToBeThereIs() {
        #expect(Self.files.count >= 11, "\(Self.files)")
    }

    /// Each variable is one of the program's, and its value is one that it takes.
    @Test(arguments: files) func variablesAreThoseOfTheProgram(_ path: String) throws {
        let known = Set(ConfigurationKey.all.map(\.variable))
        let words = try text(path).split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
        for word in words where word.hasPrefix("PHANTOM_") && word != "PHANTOM_PORT_" {
            #expect(known.contains(word), "\(path): \(word)")
        }
    }

    @Test(arguments: files.filter { $0.hasSuffix(".yaml") }) func everyDocumentIsRead(_ path: String) throws {
        let documents = try documents(path)
        #expect(!documents.isEmpty)
        guard path.hasPrefix("kubernetes/") else { return }
        for document in documents {
            #expect(document["apiVersion"] is String && document["kind"] is String, "\(path)")
        }
    }

    @Test(arguments: ["api", "worker"]) func kubernetesProbesWhatThereIs(_ role: String) throws {
        let documents = try documents("kubernetes/\(role).yaml")
        let deployment = try #require(documents.first { $0["kind"] as? String == "Deployment" })
        let spec = try #require(((deployment["spec"] as? [String: Any])?["template"] as? [String: Any])?["spec"] as? [String: Any])
        let container = try #require((spec["containers"] as? [[String: Any]])?.first)
        let paths = RouteTable.probes(status: ServiceStatus(), queueLimit: 1, workers: 1).map(\.template)
        for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
            let path = ((container[probe] as? [String: Any])?["httpGet"] as? [String: Any])?["path"] as? String
            #expect(path.map { paths.contains(PathTemplate($0)) } == true, "\(probe): \(path ?? "none")")
        }
        let port = ((container["ports"] as? [[String: Any]])?.first?["containerPort"] as? Int)
        #expect(port == Configuration().port)
        let variables = try #require(container["env"] as? [[String: Any]])
        let environment = Dictionary(
            uniqueKeysWithValues: variables.map { ($0["name"] as? String ?? "", $0["value"] as? String) })
        #expect(environment["PHANTOM_ROLE"] == role && Configuration.Role(rawValue: role) != nil)
        // Longer than the program takes at most.
        let grace = try #require(spec["terminationGracePeriodSeconds"] as? Int)
        #expect(Double(grace) > Configuration.Timeouts().drain + 5)
        // What selects is what is selected.
        let labels = ((deployment["spec"] as? [String: Any])?["selector"] as? [String: Any])?["matchLabels"] as? [String: String]
        let own = (((deployment["spec"] as? [String: Any])?["template"] as? [String: Any])?["metadata"] as? [String: Any])?["labels"]
        #expect(labels == own as? [String: String])
    }

    @Test func kustomizeNamesFilesThatAreThere() throws {
        let names = try #require(try documents("kubernetes/kustomization.yaml").first?["resources"] as? [String])
        for name in names { #expect(Self.files.contains("kubernetes/\(name)"), "\(name)") }
    }

    @Test(arguments: ["api", "worker"]) func composeStartsBothRoles(_ role: String) throws {
        let services = try #require(try documents("compose/compose.yaml").first?["services"] as? [String: [String: Any]])
        let environment = try #require(services[role]?["environment"] as? [String: String])
        #expect(environment["PHANTOM_ROLE"] == role)
        let sources = ConfigurationSources(file: nil, environment: environment.filter { $0.key != "PHANTOM_AUTH_TOKENS_SHA256" })
        guard case .postgres = try sources.read().database else {
            Issue.record("\(environment)")
            return
        }
    }

    @Test(arguments: ["api", "worker"]) func unitsAreHardened(_ role: String) throws {
        let unit = try text("systemd/phantom-\(role).service")
        #expect(unit.contains("PHANTOM_ROLE=\(role) ") && unit.contains("bin/phantom serve --config config.json"))
        let analyze = "/usr/bin/systemd-analyze"
        guard FileManager.default.isExecutableFile(atPath: analyze) else {
            print("passed over: systemd-analyze is not there")
            return
        }
        let child = try ChildProcess(
            analyze, ["security", "--offline=true", "--threshold=20", "\(Self.folder)/systemd/phantom-\(role).service"],
            errors: .standardOutput)
        #expect(child.exitStatus() == 0, "\(String(decoding: child.standardOutput, as: UTF8.self))")
    }

    @Test func nginxTakesItsFile() throws {
        guard FileManager.default.isExecutableFile(atPath: "/usr/sbin/nginx") else {
            print("passed over: nginx is not there")
            return
        }
        let folder = try TemporaryFolder()
        let main = """
            daemon off; pid \(folder.path)/pid; error_log stderr; events {}
            http { access_log off; include \(Self.folder)/nginx/phantom.conf; }
            """
        try main.write(toFile: "\(folder.path)/nginx.conf", atomically: true, encoding: .utf8)
        let child = try ChildProcess("/usr/sbin/nginx", ["-t", "-c", "\(folder.path)/nginx.conf"], errors: .standardOutput)
        #expect(child.exitStatus() == 0, "\(String(decoding: child.standardOutput, as: UTF8.self))")
    }

    /// Streams of events come through a proxy at once, and outlast its patience.
    @Test func proxiesKeepStreamsAlive() throws {
        let nginx = try text("nginx/phantom.conf"), caddy = try text("caddy/Caddyfile")
        #expect(nginx.contains("proxy_buffering off;") && nginx.contains("proxy_read_timeout 75s;"))
        #expect(caddy.contains("flush_interval -1") && caddy.contains("health_uri /readyz"))
        for text in [nginx, caddy] { #expect(text.contains("127.0.0.1:\(Configuration().port)")) }
    }
}
