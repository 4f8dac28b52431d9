// swift-tools-version: 6.2
// One fuzz target per parser of bytes from outside, and one per source of numbers from outside. `Fuzz/run` builds them with the flags they need and runs them.
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    // The driver's main is the only one: no top-level code.
    .unsafeFlags(["-parse-as-library"]),
]

func fuzzer(_ name: String, _ library: String = "PhantomParsers") -> Target {
    .executableTarget(
        name: name,
        dependencies: ["CFuzzer", "FuzzDriver", .product(name: library, package: "phantom")],
        swiftSettings: settings)
}

let package = Package(
    name: "phantom-fuzz",
    dependencies: [.package(name: "phantom", path: "..")],
    targets: [
        // libFuzzer's entry, declared (it comes with -sanitize=fuzzer), and files in memory.
        .systemLibrary(name: "CFuzzer"),

        // From a program's main to libFuzzer, and from its bytes to an array.
        .target(name: "FuzzDriver", dependencies: ["CFuzzer"], swiftSettings: settings),

        fuzzer("FuzzDICOM"),
        fuzzer("FuzzHTTPRequest"),
        fuzzer("FuzzJSON"),
        fuzzer("FuzzMultipart"),
        fuzzer("FuzzPNG"),
        fuzzer("FuzzSafetensors"),
        fuzzer("FuzzTorch"),

        // Documents, options and rows whose bytes are right and whose values are spoilt, up to two steps of a tiny network.
        fuzzer("FuzzCheckpointConfiguration", "PhantomHostile"),
        fuzzer("FuzzCommandLine", "PhantomHostile"),
        fuzzer("FuzzConfiguration", "PhantomHostile"),
        fuzzer("FuzzFile", "PhantomHostile"),
        fuzzer("FuzzQuery", "PhantomHostile"),
        fuzzer("FuzzRecipe", "PhantomHostile"),
        fuzzer("FuzzRequest", "PhantomHostile"),
        fuzzer("FuzzStoreRows", "PhantomHostile"),
        fuzzer("FuzzTraining", "PhantomHostile"),
        fuzzer("FuzzTrajectory", "PhantomHostile"),
    ]
)
