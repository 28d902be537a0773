// swift-tools-version: 6.1
import PackageDescription

// A package of its own, as most users have one: it sees what MiniGPT makes public and nothing else.
let package = Package(
    name: "ImportingPackage",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "MiniGPT", path: "../..")],
    targets: [
        .executableTarget(
            name: "ImportingPackage", dependencies: [.product(name: "MiniGPT", package: "MiniGPT")])
    ]
)
