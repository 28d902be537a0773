// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "Benchmarks",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "Throughput", targets: ["Throughput"]),
        .executable(name: "TokenizerThroughput", targets: ["TokenizerThroughput"]),
    ],
    dependencies: [
        .package(name: "MiniGPT", path: "..", traits: ["SentencePieceFiles"]),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.6.0"),
        // Without its traits it neither replaces malloc nor hooks into the Swift runtime.
        .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
    ],
    targets: [
        // The work that is measured, and how.
        .target(name: "Workloads", dependencies: [.product(name: "MiniGPT", package: "MiniGPT")]),
        .executableTarget(
            name: "Throughput",
            dependencies: [
                "Workloads", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        // What Peers/tokenizers.py and tokenizer_exchange.py ask.
        .executableTarget(
            name: "TokenizerThroughput",
            dependencies: [
                .product(name: "MiniTokenizer", package: "MiniGPT"),
                .product(name: "MiniSentencePiece", package: "MiniGPT"),
            ]),
        // What Peers/interchange.py asks, and loading and saving measured.
        .executableTarget(
            name: "InterchangeCheck", dependencies: [.product(name: "MiniGPT", package: "MiniGPT")]),
        // How such work becomes a benchmark of the plugin.
        .target(
            name: "Registration",
            dependencies: ["Workloads", .product(name: "Benchmark", package: "benchmark")]),
    ],
    swiftLanguageModes: [.v6]
)

// The plugin looks for its targets in the folder Benchmarks.
for name in ["Matmul", "Attention", "Kernel", "Training"] {
    package.targets.append(
        .executableTarget(
            name: "\(name)Benchmarks",
            dependencies: ["Registration", .product(name: "Benchmark", package: "benchmark")],
            path: "Benchmarks/\(name)Benchmarks",
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]))
}

for target in package.targets {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
    ]
}
