// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "MiniGPT",
    platforms: [.macOS(.v15), .iOS(.v18)],
    products: [
        .library(name: "MiniGPT", targets: ["MiniGPT"]),
        .library(name: "MiniTensor", targets: ["MiniTensor"]),
        .library(name: "MiniNN", targets: ["MiniNN"]),
        .library(name: "MiniTokenizer", targets: ["MiniTokenizer"]),
        .library(name: "MiniSentencePiece", targets: ["MiniSentencePiece"]),
        .library(name: "MiniPipeline", targets: ["MiniPipeline"]),
        .library(name: "MiniGPTServer", targets: ["MiniGPTServer"]),
        .executable(name: "minigpt", targets: ["MiniGPTCommand"]),
    ],
    // What needs other packages. Whoever builds this package has all of it; a package that depends on
    // this one and asks for `traits: []` fetches no other package. Each trait brings those below it.
    traits: [
        .trait(
            name: "SentencePieceFiles",
            description: "Read and write SentencePiece's .model files (swift-protobuf)."),
        .trait(
            name: "Pipeline",
            description: "The stages from a text to a model as a library (Yams).",
            enabledTraits: ["SentencePieceFiles"]),
        .trait(
            name: "Server",
            description: "The HTTP server as a library (Hummingbird, SwiftNIO).",
            enabledTraits: ["Pipeline"]),
        .trait(
            name: "Command",
            description: "The command minigpt and the examples (swift-argument-parser).",
            enabledTraits: ["Server"]),
        .default(enabledTraits: ["Command"]),
    ],
    dependencies: [
        // Only the examples and the command use this.
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        // Only MiniSentencePiece uses this.
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.30.0"),
        // Only MiniPipeline uses this, for settings in YAML.
        .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
        // Only MiniGPTServer uses these.
        .package(
            url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
        .package(url: "https://github.com/apple/swift-nio", from: "2.100.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.34.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.10.0"),
    ],
    targets: [
        // The machine: BLAS, LAPACK, vector kernels.
        .systemLibrary(
            name: "COpenBLAS", pkgConfig: "openblas",
            providers: [.apt(["libopenblas-dev"]), .brew(["openblas"])]),
        .systemLibrary(
            name: "CLAPACKE", pkgConfig: "lapacke",
            providers: [.apt(["liblapacke-dev"]), .brew(["lapack"])]),
        .target(
            name: "CMiniKernels", exclude: ["README.md"],
            linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]),

        // Below all the others: files, text, threads. It has no product.
        .target(name: "CMiniChecksum"),
        .target(name: "MiniSupport", dependencies: ["CMiniChecksum"]),

        // The library.
        .target(
            name: "MiniTensor",
            dependencies: ["COpenBLAS", "CLAPACKE", "CMiniKernels", "MiniSupport"]),
        .target(name: "MiniNN", dependencies: ["MiniSupport", "MiniTensor"]),
        .target(name: "MiniTokenizer", dependencies: ["MiniSupport"]),
        .target(
            name: "MiniSentencePiece",
            dependencies: [
                "MiniSupport", "MiniTokenizer",
                .product(
                    name: "SwiftProtobuf", package: "swift-protobuf",
                    condition: .when(traits: ["SentencePieceFiles"])),
            ],
            exclude: ["Schema/sentencepiece_model.proto", "Schema/generate"]),
        .target(
            name: "MiniGPT",
            dependencies: [
                "MiniSupport", "MiniTensor", "MiniNN", "MiniTokenizer", "CMiniKernels",
            ]),

        // The way from a text to a model, stage by stage.
        .target(
            name: "MiniPipeline",
            dependencies: [
                "MiniGPT", "MiniSentencePiece", "MiniSupport", "MiniTensor", "MiniTokenizer",
                "CMiniKernels",
                .product(name: "Yams", package: "Yams", condition: .when(traits: ["Pipeline"])),
            ]),

        // The server behind `minigpt serve`.
        .target(
            name: "MiniGPTServer",
            dependencies: [
                "MiniGPT", "MiniPipeline", "MiniSupport", "MiniTensor",
                .product(
                    name: "Hummingbird", package: "hummingbird",
                    condition: .when(traits: ["Server"])),
                .product(
                    name: "HTTPTypes", package: "swift-http-types",
                    condition: .when(traits: ["Server"])),
                .product(
                    name: "Logging", package: "swift-log", condition: .when(traits: ["Server"])),
                .product(
                    name: "NIOCore", package: "swift-nio", condition: .when(traits: ["Server"])),
                .product(
                    name: "NIOHTTP1", package: "swift-nio", condition: .when(traits: ["Server"])),
                .product(
                    name: "NIOHTTPTypes", package: "swift-nio-extras",
                    condition: .when(traits: ["Server"])),
                .product(
                    name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras",
                    condition: .when(traits: ["Server"])),
                .product(
                    name: "ServiceLifecycle", package: "swift-service-lifecycle",
                    condition: .when(traits: ["Server"])),
            ],
            resources: [.copy("Page")]),

        // Thin clients.
        .executableTarget(
            name: "MiniGPTCommand",
            dependencies: [
                "MiniGPT", "MiniPipeline", "MiniSupport", "MiniGPTServer",
                .product(
                    name: "ArgumentParser", package: "swift-argument-parser",
                    condition: .when(traits: ["Command"])),
                .product(
                    name: "Logging", package: "swift-log", condition: .when(traits: ["Server"])),
            ]),
        .executableTarget(
            name: "TrainShakespeare",
            dependencies: [
                "MiniGPT", "MiniPipeline",
                .product(
                    name: "ArgumentParser", package: "swift-argument-parser",
                    condition: .when(traits: ["Command"])),
            ],
            path: "Examples/TrainShakespeare",
            resources: [.copy("Resources/the-glass-crown.txt")]),
        .executableTarget(
            name: "Generate", dependencies: ["MiniGPT"], path: "Examples/Generate"),
        .executableTarget(
            name: "TrainBlocks", dependencies: ["MiniGPT"], path: "Examples/TrainBlocks"),
        .executableTarget(
            name: "LinearRegression", dependencies: ["MiniGPT"],
            path: "Examples/LinearRegression"),
        .executableTarget(
            name: "ClassifyDigits", dependencies: ["MiniNN"], path: "Examples/ClassifyDigits",
            exclude: ["make_digits.py"], resources: [.copy("Resources/digits.txt")]),

        // Tests.
        .testTarget(
            name: "MiniKernelsTests", dependencies: ["CMiniKernels"], exclude: ["Scripts"]),
        .testTarget(name: "MiniSupportTests", dependencies: ["MiniSupport"]),
        .target(name: "TestExits", path: "Tests/TestExits"),
        .testTarget(name: "MiniNNTests", dependencies: ["MiniNN", "TestExits"]),
        .testTarget(
            name: "MiniTensorTests", dependencies: ["MiniTensor", "COpenBLAS", "TestExits"]),
        .testTarget(
            name: "MiniTokenizerTests", dependencies: ["MiniTokenizer"],
            resources: [.copy("Goldens")]),
        .testTarget(
            name: "MiniSentencePieceTests", dependencies: ["MiniSentencePiece", "MiniTokenizer"],
            resources: [.copy("Goldens")]),
        .testTarget(
            name: "MiniGPTTests", dependencies: ["MiniGPT", "MiniSupport"],
            resources: [.copy("Goldens")]),
        // The Swift of README.md and Documentation, compiled and run.
        .testTarget(name: "DocumentationTests", dependencies: ["MiniGPT", "MiniSentencePiece"]),
        .testTarget(
            name: "ExampleTests",
            dependencies: [
                "TrainShakespeare", "Generate", "TrainBlocks", "ClassifyDigits",
                "LinearRegression", "MiniGPT",
                "MiniPipeline", "TestSupport",
            ]),
        .testTarget(
            name: "MiniPipelineTests",
            dependencies: ["MiniPipeline", "MiniGPT", "MiniTensor", "CMiniKernels", "TestSupport"],
            resources: [.copy("Goldens")]),
        .testTarget(
            name: "MiniGPTServerTests",
            dependencies: [
                "MiniGPTServer", "MiniGPT", "MiniPipeline", "MiniSupport", "TestSupport",
                .product(
                    name: "Logging", package: "swift-log", condition: .when(traits: ["Server"])),
            ]),
        .testTarget(
            name: "CommandTests",
            dependencies: ["MiniGPTCommand", "MiniGPT", "MiniPipeline", "TestSupport"]),
        .target(
            name: "TestSupport", dependencies: ["MiniGPT", "MiniPipeline"],
            path: "Tests/TestSupport"),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets where target.type != .system && !target.name.hasPrefix("C") {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
    ]
}
