// swift-tools-version: 6.2
// The targets, bottom-up. Imports go down only; siblings do not see each other.
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

/// Of tests that wait more than they compute: the optimiser takes five times as long over them as the rest of the compiler.
let unoptimised = settings + [.unsafeFlags(["-Onone"])]

let package = Package(
    name: "phantom",
    products: [
        .executable(name: "phantom", targets: ["phantom"]),
        .executable(name: "phantom-serve", targets: ["PhantomServe"]),
        .executable(name: "HTTPEcho", targets: ["HTTPEcho"]),
        // Libraries for the fuzz package beside this one (Fuzz/Package.swift).
        .library(name: "PhantomParsers", targets: ["JSON", "Checkpoints", "Images", "HTTP"]),
        .library(name: "PhantomHostile", targets: ["Hostile"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/swiftcsv/SwiftCSV", from: "0.10.0"),
        // For the tests alone: it reads openapi.yaml, and refuses a key that stands twice.
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // The few hot loops in C: one template source, compiled once per CPU tier, chosen at run time.
        .target(name: "CKernels", cSettings: [.unsafeFlags(["-O3", "-ffp-contract=off", "-fno-math-errno"])]),

        // The weights of EfficientNet-Lite0, as they lie in Models, in the program's constant data.
        .target(
            name: "CEfficientNetLite0", cSettings: [.headerSearchPath("../../Models/efficientnet-lite0")]),

        // OpenBLAS: the reference convolution, and the oracle of tests.
        .systemLibrary(name: "CBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),

        // libpng.
        .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),

        // Linux system calls that the Glibc module leaves out.
        .systemLibrary(name: "CEpoll"),

        // glibc's malloc.h, which the Glibc module leaves out.
        .systemLibrary(name: "CMalloc"),

        // zlib.
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        // nettle: SHA-256.
        .systemLibrary(name: "CNettle", pkgConfig: "nettle", providers: [.apt(["nettle-dev"])]),

        // libpq: PostgreSQL.
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),

        // libcurl behind one function: requests to addresses that others have named.
        .target(name: "CCurl"),

        // libturbojpeg, libzip and libhdf5: files of data sets.
        .systemLibrary(name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
        .systemLibrary(name: "CZip", pkgConfig: "libzip", providers: [.apt(["libzip-dev"])]),
        .systemLibrary(name: "CHDF5", providers: [.apt(["libhdf5-dev"])]),

        // nifti_clib, whose headers lie in a folder of their own and come without a file for pkg-config.
        .target(
            name: "CNIfTI", cSettings: [.unsafeFlags(["-I/usr/include/nifti"])],
            linkerSettings: [.linkedLibrary("nifti2"), .linkedLibrary("znz")]),

        // Digests, checksums, hexadecimal digits and the order of bytes; fields of CSV and the making of folders.
        .target(name: "Bytes", dependencies: ["CNettle", "CZlib"], swiftSettings: settings),

        // One lock for every value that threads share, in a form that sanitizers see.
        .target(name: "Locking", swiftSettings: settings),

        // Mathematics without a tensor: elementary functions, and random numbers by counter and by torch's generator.
        .target(name: "Numbers", swiftSettings: settings),

        // A strict JSON reader (RFC 8259) and a canonical writer.
        .target(name: "JSON", swiftSettings: settings),

        // Float32 operations channels-last, the compute thread team.
        .target(name: "Tensors", dependencies: ["Locking", "CKernels", "CBLAS"], swiftSettings: settings),

        // safetensors and the diffusers folder <-> named weights.
        .target(
            name: "Checkpoints",
            dependencies: ["Locking", "Bytes", "JSON"],
            swiftSettings: settings),

        // The UNet, written once for inference and training; networks whose features judge images.
        .target(
            name: "Networks", dependencies: ["CEfficientNetLite0", "Checkpoints", "Numbers", "Tensors", "JSON"],
            swiftSettings: settings),

        // PNG and DICOM in and out, with the marks that say an image is synthetic; other sizes of a picture.
        .target(
            name: "Images",
            dependencies: ["Bytes", "Numbers", "CPNG"],
            swiftSettings: settings),

        // The index of a model's training images, and the search in it: is a picture somebody's?
        .target(name: "Copies", dependencies: ["Bytes", "Checkpoints", "Images", "JSON"], swiftSettings: settings),

        // Collections of images with labels and groups -> pixels that a network takes, prepared once.
        .target(
            name: "Datasets",
            dependencies: [
                "Locking", "Bytes", "Images", "JSON", "CTurboJPEG", "CZip", "CNIfTI", "CHDF5",
                .product(name: "SwiftCSV", package: "SwiftCSV"),
            ],
            swiftSettings: settings),

        // Noise schedule, denoiser, trajectories and samplers, guidance; inpainting and super-resolution.
        .target(
            name: "Diffusion",
            dependencies: ["Bytes", "Images", "Networks", "Numbers", "Tensors", "JSON"],
            swiftSettings: settings),

        // What a task needs and no transport knows: models, requests and their validation, pictures, verification, the
        // plain loop that makes images.
        .target(
            name: "Imaging",
            dependencies: ["Bytes", "Diffusion", "Images", "Networks", "Checkpoints", "JSON", "Tensors"],
            swiftSettings: settings),

        // Objective, optimiser, averages and the loop that trains a network, resumed to the bit.
        .target(
            name: "Training",
            dependencies: [
                "Bytes", "Copies", "Datasets", "Diffusion", "Images", "Networks", "Numbers", "Checkpoints", "JSON", "Tensors",
            ],
            swiftSettings: settings),

        // Whether synthetic images are realistic, useful, and nobody's: features, distances, copies, the report.
        .target(
            name: "Evaluation",
            dependencies: [
                "Locking", "Bytes", "Copies", "CBLAS", "Numbers", "Tensors", "JSON", "Checkpoints", "Networks", "Images", "Datasets", "Diffusion",
                "Imaging", "Training",
            ],
            swiftSettings: settings),

        // Sockets and HTTP/1.1 on POSIX + Dispatch; knows nothing of jobs or images.
        .target(
            name: "HTTP",
            dependencies: [
                "Locking", "CEpoll",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),

        // Numbers that a program keeps of itself, behind swift-metrics, in Prometheus' text formats.
        .target(
            name: "Exposition", dependencies: ["Locking", .product(name: "CoreMetrics", package: "swift-metrics")],
            swiftSettings: settings),

        // Job, store protocol, board, worker pool; no database in it; knows nothing of HTTP or tensors.
        .target(name: "Jobs", dependencies: ["Locking", "Bytes", .product(name: "Logging", package: "swift-log")], swiftSettings: settings),

        // The job store in one SQLite file.
        .target(
            name: "JobsSQLite", dependencies: ["Jobs", .product(name: "GRDB", package: "GRDB.swift")],
            swiftSettings: settings),

        // Bytes by their digests, outside of the database that names them: in a directory, or in a bucket.
        .target(name: "Blobs", dependencies: ["Locking", "Bytes", "CCurl"], swiftSettings: settings),

        // The job store in PostgreSQL, for any number of processes.
        .target(name: "JobsPostgres", dependencies: ["Locking", "Bytes", "Blobs", "Jobs", "CPostgres"], swiftSettings: settings),

        // The only place where HTTP, Jobs and Imaging meet: config, routes, refusals -> status.
        .target(
            name: "Service",
            dependencies: [
                "Locking", "Blobs", "Bytes", "Checkpoints", "Copies", "CCurl", "CMalloc", "Exposition", "HTTP", "Jobs",
                "JobsPostgres", "JobsSQLite", "Imaging", "Diffusion", "Images", "Networks", "JSON", "Tensors",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
            ],
            resources: [
                .embedInCode("openapi.yaml"), .embedInCode("Page/index.html"), .embedInCode("Page/page.css"),
                .embedInCode("Page/cells.js"), .embedInCode("Page/client.js"), .embedInCode("Page/compare.js"),
                .embedInCode("Page/dicom.js"), .embedInCode("Page/dom.js"), .embedInCode("Page/enlarge.js"),
                .embedInCode("Page/events.js"), .embedInCode("Page/fields.js"), .embedInCode("Page/fill.js"),
                .embedInCode("Page/gallery.js"), .embedInCode("Page/grid.js"), .embedInCode("Page/image.js"),
                .embedInCode("Page/job.js"), .embedInCode("Page/main.js"), .embedInCode("Page/make.js"),
                .embedInCode("Page/mask.js"), .embedInCode("Page/models.js"), .embedInCode("Page/paint.js"),
                .embedInCode("Page/picture.js"), .embedInCode("Page/png.js"), .embedInCode("Page/queue.js"),
                .embedInCode("Page/resize.js"), .embedInCode("Page/restore.js"), .embedInCode("Page/words.js"),
            ],
            swiftSettings: settings),

        // The command: one file per subcommand.
        .target(
            name: "Commands",
            dependencies: [
                "Locking", "Copies", "Images", "Imaging", "Diffusion", "Networks", "Numbers", "Tensors", "Checkpoints", "Datasets", "Training",
                "Evaluation", "JSON",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),

        // Its beginning.
        .executableTarget(name: "phantom", dependencies: ["Commands"], swiftSettings: settings),

        // What `phantom serve` becomes: a program of its own, so that the other commands carry no database with them.
        .executableTarget(
            name: "PhantomServe",
            dependencies: ["Commands", "Service", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            swiftSettings: settings),

        // The bare HTTP target on loopback, for outside conformance suites.
        .executableTarget(
            name: "HTTPEcho",
            dependencies: [
                "HTTP",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),

        // What several targets of tests need: programs run beside them.
        .target(name: "TestSupport", dependencies: ["JSON", "Locking"], path: "Tests/TestSupport", swiftSettings: settings),
        .testTarget(name: "TestSupportTests", dependencies: ["TestSupport"], swiftSettings: unoptimised),
        .testTarget(name: "JSONTests", dependencies: ["JSON"], swiftSettings: unoptimised),
        .testTarget(name: "BytesTests", dependencies: ["Bytes"], swiftSettings: unoptimised),
        .testTarget(
            name: "BlobsTests",
            dependencies: [
                "Locking", "Blobs", "Bytes", "HTTP", "TestSupport", .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: unoptimised),
        .testTarget(name: "NumbersTests", dependencies: ["TestSupport", "Numbers", "JSON"], swiftSettings: settings),
        .testTarget(name: "TensorsTests", dependencies: ["TestSupport", "Locking", "Numbers", "Tensors", "CKernels"], swiftSettings: settings),
        .testTarget(name: "CheckpointsTests", dependencies: ["TestSupport", "Bytes", "Checkpoints", "JSON"], swiftSettings: settings),
        .testTarget(name: "NetworksTests", dependencies: ["TestSupport", "Networks", "Checkpoints", "Tensors", "JSON"], swiftSettings: settings),
        .testTarget(name: "DiffusionTests", dependencies: ["TestSupport", "Bytes", "Diffusion", "Images", "Networks", "Checkpoints", "Tensors", "JSON"], swiftSettings: settings),
        .testTarget(
            name: "ImagesTests",
            dependencies: ["TestSupport", "Bytes", "Images"],
            swiftSettings: settings),
        .testTarget(
            name: "DatasetsTests",
            dependencies: ["Bytes", "CHDF5", "Datasets", "Images", "JSON", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "CopiesTests", dependencies: ["Bytes", "Copies", "Datasets", "Images", "TestSupport"],
            swiftSettings: settings),
        // Models that only have facts, and small files of pictures: for the tests of Imaging and of the service.
        .target(
            name: "ImagingFixtures", dependencies: ["Bytes", "Diffusion", "Images", "Imaging"], path: "Tests/ImagingFixtures",
            swiftSettings: settings),
        .testTarget(
            name: "ImagingTests", dependencies: ["Diffusion", "Images", "Imaging", "ImagingFixtures", "JSON"],
            swiftSettings: unoptimised),
        .testTarget(
            name: "TrainingTests",
            dependencies: ["TestSupport", "Training", "Bytes", "Checkpoints", "Datasets", "Diffusion", "Images", "Networks", "Numbers", "JSON", "Tensors"],
            swiftSettings: settings),
        .testTarget(
            name: "EvaluationTests",
            dependencies: [
                "Evaluation", "Bytes", "Checkpoints", "Copies", "Datasets", "Images", "JSON", "Locking", "Numbers", "Tensors",
                "TestSupport", "Training",
            ],
            swiftSettings: settings),
        // A client that writes what it is told: for the tests of HTTP and of the service.
        .target(name: "Wire", dependencies: ["HTTP", "Locking"], path: "Tests/Wire", swiftSettings: settings),
        .testTarget(
            name: "HTTPTests",
            dependencies: [
                "Locking", "HTTP", "HTTPEcho", "TestSupport", "Wire",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: unoptimised),
        .testTarget(name: "ExpositionTests", dependencies: ["Exposition", .product(name: "CoreMetrics", package: "swift-metrics")], swiftSettings: unoptimised),
        // Makes numbers instead of images: for the tests of the worker pool.
        .target(name: "JobsFakeEngine", dependencies: ["TestSupport", "Locking", "Jobs"], path: "Tests/JobsFakeEngine", swiftSettings: settings),
        // Runs the worker pool in a process of its own, to be killed by a test.
        .executableTarget(
            name: "JobsCrashProbe",
            dependencies: ["Jobs", "JobsFakeEngine", "JobsSQLite", .product(name: "Logging", package: "swift-log")],
            path: "Tests/JobsCrashProbe", swiftSettings: settings),
        // Clients and workers of one PostgreSQL, with an engine that makes nothing: measured by Tests/Soak/queue_speed.py.
        .executableTarget(
            name: "HostsProbe",
            dependencies: ["Jobs", "JobsFakeEngine", "JobsPostgres", .product(name: "Logging", package: "swift-log")],
            path: "Tests/HostsProbe", swiftSettings: settings),
        // Fills the file system that a store lies on, and empties the store: run by a test on a small one.
        .executableTarget(name: "StoreSpaceProbe", dependencies: ["Jobs", "JobsSQLite"], path: "Tests/StoreSpaceProbe", swiftSettings: settings),
        .testTarget(
            name: "JobsTests",
            dependencies: [
                "Blobs", "Bytes", "Locking", "Jobs", "JobsFakeEngine", "JobsCrashProbe", "JobsPostgres", "JobsSQLite", "StoreSpaceProbe", "TestSupport", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: unoptimised),
        // `phantom serve` with something that hangs: for the tests of the stop.
        .executableTarget(
            name: "ServiceStopProbe", dependencies: ["Service", "Jobs", "JobsSQLite"], path: "Tests/ServiceStopProbe",
            swiftSettings: settings),
        // Counts the work that the service does for requests that grow, in a process of its own.
        .executableTarget(
            name: "GrowthProbe",
            dependencies: [
                "Bytes", "Service", "Jobs", "JobsSQLite", "Imaging", "Diffusion", "Images", "JSON", "Wire",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/GrowthProbe", swiftSettings: settings,
            // Its allocator stands in the place of the system's, and counts.
            linkerSettings: [
                .unsafeFlags(["malloc", "calloc", "realloc"].flatMap { ["-Xlinker", "--defsym=\($0)=counting_\($0)"] })
            ]),
        .testTarget(
            name: "ServiceTests",
            dependencies: [
                "Bytes", "Locking", "ServiceStopProbe", "TestSupport", "Wire",
                "Service", "phantom", "PhantomServe", "HTTP", "Jobs", "JobsSQLite", "Imaging", "ImagingFixtures", "Diffusion", "Images",
                "Checkpoints", "Copies", "JSON", "Tensors",
                .product(name: "HTTPTypes", package: "swift-http-types"), .product(name: "Logging", package: "swift-log"),
                .product(name: "Yams", package: "Yams"), .product(name: "GRDB", package: "GRDB.swift"),
            ],
            // The last and largest: compiled alone, it has both cores only file by file.
            swiftSettings: unoptimised + [.unsafeFlags(["-no-whole-module-optimization"])]),
        .testTarget(
            name: "CommandTests", dependencies: ["Bytes", "Checkpoints", "Diffusion", "Images", "phantom", "PhantomServe", "TestSupport"],
            swiftSettings: unoptimised),
        // Valid documents, files and rows with their values spoilt, through everything that reads them: for tests and fuzzers.
        .target(
            name: "Hostile",
            dependencies: [
                "TestSupport", "Locking", "Bytes", "Commands", "Copies", "Datasets", "Evaluation", "Service", "HTTP", "Jobs", "JobsSQLite", "Imaging",
                "Diffusion", "Images", "Networks", "Checkpoints", "JSON", "Tensors", "Training", "Wire",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/Hostile", swiftSettings: settings),
        .testTarget(name: "HostileTests", dependencies: ["Hostile"], swiftSettings: settings),
    ]
)

// A build for a sanitizer, whose optimiser is slower still: of it only what computes is optimised (`make asan`, `make tsan`), and
// its tests, whose oracles are plain loops.
if Context.environment["OPTIMISE_COMPUTATION_ONLY"] != nil {
    let computation = [
        "Bytes", "Checkpoints", "Copies", "Datasets", "Diffusion", "Evaluation", "Images", "JSON", "Networks", "Numbers", "Tensors",
        "Training",
    ]
    let optimised = Set(computation + computation.map { $0 + "Tests" } + ["TestSupport"])
    for target in package.targets where target.swiftSettings != nil && !optimised.contains(target.name) {
        target.swiftSettings = unoptimised
    }
}
