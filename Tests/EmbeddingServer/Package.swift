// swift-tools-version: 6.1
import PackageDescription

// A package of its own that serves a model in its own process: it sees what MiniGPTServer makes public
// and nothing else, and of the traits it asks for the server's alone.
let package = Package(
    name: "EmbeddingServer",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "MiniGPT", path: "../..", traits: ["Server"]),
        .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
    ],
    targets: [
        .executableTarget(
            name: "EmbeddingServer",
            dependencies: [
                .product(name: "MiniGPT", package: "MiniGPT"),
                .product(name: "MiniGPTServer", package: "MiniGPT"),
                .product(name: "Logging", package: "swift-log"),
            ])
    ]
)
