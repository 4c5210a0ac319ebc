// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "Benchmarks",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "cellbench", targets: ["CellBench"])
  ],
  dependencies: [
    .package(name: "Tapestry", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
  ],
  targets: [
    .executableTarget(
      name: "CellBench",
      dependencies: [
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Autodiff", package: "Tapestry"),
        .product(name: "CellComparison", package: "Tapestry"),
      ]),
    .testTarget(name: "CellBenchTests", dependencies: ["CellBench"]),
  ],
  swiftLanguageModes: [.v6]
)

// The upcoming language features that Tapestry compiles with.
for target in package.targets {
  target.swiftSettings = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
  ]
}
