// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "Benchmarks",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "Throughput", targets: ["Throughput"])],
    dependencies: [
        .package(name: "MiniGPT", path: ".."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.6.0"),
        // Without its traits it neither replaces malloc nor hooks into the Swift runtime.
        .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
    ],
    targets: [
        .target(name: "Workloads", dependencies: [.product(name: "MiniGPT", package: "MiniGPT")]),
        .executableTarget(
            name: "Throughput",
            dependencies: [
                "Workloads", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)
