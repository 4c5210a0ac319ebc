// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "Tapestry",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "DenseArrays", targets: ["DenseArrays"]),
    .library(name: "Autodiff", targets: ["Autodiff"]),
    .library(name: "GradientChecking", targets: ["GradientChecking"]),
    .library(name: "Layers", targets: ["Layers"]),
    .library(name: "Optimizers", targets: ["Optimizers"]),
    .library(name: "Interchange", targets: ["Interchange"]),
    .library(name: "CellComparison", targets: ["CellComparison"]),
    .library(name: "Tapestry", targets: ["Tapestry"]),
  ],
  targets: [
    .target(name: "CKernels"),
    .target(
      name: "DenseArrays", dependencies: ["CKernels"],
      // Square roots and roundings are calls where the processor is not known to have them.
      linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]),
    .target(name: "Autodiff", dependencies: ["CKernels", "DenseArrays"]),
    .target(name: "GradientChecking", dependencies: ["Autodiff", "DenseArrays", "Layers"]),
    .target(name: "Layers", dependencies: ["Autodiff", "DenseArrays"]),
    .target(name: "Optimizers", dependencies: ["Autodiff", "DenseArrays", "Layers"]),
    .target(name: "Interchange", dependencies: ["DenseArrays", "Layers", "Optimizers"]),
    .target(
      name: "CellComparison",
      dependencies: [
        "Autodiff", "CKernels", "DenseArrays", "GradientChecking", "Interchange", "Layers", "Optimizers",
      ]),
    .target(
      name: "Tapestry",
      dependencies: ["Autodiff", "DenseArrays", "GradientChecking", "Interchange", "Layers", "Optimizers"]),
    .testTarget(name: "CKernelsTests", dependencies: ["CKernels"]),
    .testTarget(name: "DenseArraysTests", dependencies: ["DenseArrays"]),
    .testTarget(name: "AutodiffTests", dependencies: ["Autodiff", "DenseArrays", "CKernels", "GradientChecking"]),
    .testTarget(
      name: "GradientCheckingTests", dependencies: ["Autodiff", "DenseArrays", "GradientChecking", "Layers"]),
    .testTarget(
      name: "InterchangeTests", dependencies: ["Interchange", "DenseArrays"], resources: [.copy("Fixtures")]),
    .testTarget(
      name: "LayersTests",
      dependencies: ["Autodiff", "DenseArrays", "GradientChecking", "Interchange", "Layers"],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "OptimizersTests", dependencies: ["Autodiff", "DenseArrays", "Interchange", "Layers", "Optimizers"],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "CellComparisonTests",
      dependencies: ["Autodiff", "CellComparison", "DenseArrays", "GradientChecking", "Layers"],
      resources: [.copy("Fixtures")]),
    .testTarget(name: "DocumentationTests", dependencies: ["CellComparison", "Tapestry"]),
  ],
  swiftLanguageModes: [.v6]
)

// Upcoming language features that every Swift target of the package compiles with.
for target in package.targets where target.name != "CKernels" {
  target.swiftSettings = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
  ]
}
