// swift-tools-version:6.2
import PackageDescription

// The parts of the benchmarks that `./bench` cannot do with the programs alone. A package of its own, so that nobody who
// builds Muster builds this.
let package = Package(
    name: "muster-benchmarks",
    dependencies: [.package(name: "muster", path: "..")],
    targets: [
        .target(name: "CLoad"),
        .executableTarget(
            name: "muster-bench",
            dependencies: [
                "CLoad",
                .product(name: "MusterCertificates", package: "muster"),
                .product(name: "MusterInventory", package: "muster"),
            ],
            swiftSettings: [.enableUpcomingFeature("ExistentialAny")]),
    ]
)
