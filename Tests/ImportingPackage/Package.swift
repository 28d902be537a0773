// swift-tools-version: 6.1
import PackageDescription

// A package of its own, as most users have one: it sees what MiniGPT makes public and nothing else,
// and without traits it fetches no other package.
let package = Package(
    name: "ImportingPackage",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "MiniGPT", path: "../..", traits: [])],
    targets: [
        .executableTarget(
            name: "ImportingPackage", dependencies: [.product(name: "MiniGPT", package: "MiniGPT")]),
        // A model, an operation and an optimizer of its own.
        .executableTarget(
            name: "OwnModel", dependencies: [.product(name: "MiniGPT", package: "MiniGPT")]),
    ]
)
