// swift-tools-version:6.2
import PackageDescription

// The layers of docs/architecture.md. Arrows point only downward: the test target Architecture reads this file back
// and fails on an edge that does not.

let settings: [SwiftSetting] = [.enableUpcomingFeature("ExistentialAny")]

enum Layer: String {
    case base = "Base"
    case wire = "Wire"
    case model = "Model"
    case adapters = "Adapters"
    case services = "Services"
    case programs = "Programs"
}

func module(_ layer: Layer, _ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/\(layer.rawValue)/\(name)", swiftSettings: settings)
}

func program(
    _ name: String, _ dependencies: [Target.Dependency], linker: [LinkerSetting] = []
) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies, path: "Sources/Programs/\(name)", swiftSettings: settings,
        linkerSettings: linker)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: dependencies, path: "Tests/\(name)Tests", resources: resources,
        swiftSettings: settings)
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let nio = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let x509 = Target.Dependency.product(name: "X509", package: "swift-certificates")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdTLS = Target.Dependency.product(name: "HummingbirdTLS", package: "hummingbird")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")

let package = Package(
    name: "muster",
    products: [
        .executable(name: "muster", targets: ["muster"]),
        .executable(name: "musterd", targets: ["musterd"]),
        .executable(name: "muster-agent", targets: ["muster-agent"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-certificates.git", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-system.git", from: "1.8.1"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1", traits: []),
        .package(url: "https://github.com/hummingbird-project/swift-mustache.git", from: "2.1.1"),
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
        .package(url: "https://github.com/swiftlang/swift-subprocess.git", from: "1.0.2", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
    ],
    targets: [
        // Base
        module(.base, "MusterBase"),
        .target(name: "CLinux", path: "Sources/Base/CLinux"),
        module(.base, "LinuxSystem", ["MusterBase", "CLinux", subprocess, system]),
        // Wire
        module(.wire, "DHCPWire", ["MusterBase"]),
        module(.wire, "TFTPWire", ["MusterBase"]),
        module(.wire, "SSHWire", ["MusterBase"]),
        module(.wire, "DiskFormats", ["MusterBase"]),
        // Model
        module(.model, "NodeRange", ["MusterBase"]),
        module(.model, "Inventory", ["MusterBase", "NodeRange"]),
        module(.model, "DeploymentModel", ["MusterBase"]),
        module(.model, "BootPolicy", ["MusterBase", "DHCPWire", "DeploymentModel"]),
        module(.model, "MusterAPI", ["MusterBase", "DeploymentModel"]),
        // Adapters
        module(.adapters, "Store", ["MusterBase"]),
        module(.adapters, "StoreSQLite", ["MusterBase", "Store", grdb]),
        module(.adapters, "InventoryStore", ["MusterBase", "Store", "Inventory", "NodeRange", "DeploymentModel"]),
        module(.adapters, "CertificateAuthority", ["MusterBase", "SSHWire", x509, crypto]),
        module(.adapters, "Images", ["MusterBase", "LinuxSystem", "DiskFormats", "DeploymentModel", crypto, yams]),
        module(.adapters, "Profiles", ["MusterBase", "DeploymentModel", "LinuxSystem", yams, mustache]),
        module(.adapters, "APIClient", ["MusterBase", "MusterAPI", nio, nioPosix, nioHTTP1, nioSSL]),
        // Services
        module(.services, "DHCPService", [
            "MusterBase", "CLinux", "LinuxSystem", "DHCPWire", "BootPolicy", nio, nioPosix, logging, metrics, lifecycle,
        ]),
        module(.services, "TFTPService", [
            "MusterBase", "CLinux", "LinuxSystem", "TFTPWire", nio, nioPosix, logging, metrics, lifecycle,
        ]),
        module(.services, "WebService", [
            "MusterBase", "CLinux", "MusterAPI", nio, nioPosix, nioHTTP1, nioSSL, hummingbird, hummingbirdTLS, logging,
            metrics, lifecycle,
        ]),
        module(.services, "DeployService", [
            "MusterBase", "LinuxSystem", "MusterAPI", "Store", "InventoryStore", "Inventory", "NodeRange",
            "DeploymentModel", "BootPolicy", "CertificateAuthority", "SSHWire", "Profiles", crypto, logging, metrics,
            lifecycle,
        ]),
        // Programs
        module(.programs, "MusterCommands", [
            "MusterBase", "LinuxSystem", "MusterAPI", "APIClient", "NodeRange", "Inventory", "DeploymentModel", "Images",
            "Profiles", "CertificateAuthority", "Store", "StoreSQLite", "InventoryStore", "Lab", argumentParser, logging,
        ]),
        module(.programs, "MusterDaemon", [
            "MusterBase", "LinuxSystem", "MusterAPI", "Store", "StoreSQLite", "InventoryStore", "CertificateAuthority",
            "BootPolicy", "DHCPService", "TFTPService", "WebService", "DeployService", "Profiles", argumentParser, yams,
            logging, metrics, lifecycle,
        ]),
        module(.programs, "MusterAgent", [
            "MusterBase", "CLinux", "LinuxSystem", "DHCPWire", "SSHWire", "DeploymentModel", "MusterAPI", "APIClient",
            crypto,
        ]),
        module(.programs, "Lab", ["MusterBase", "CLinux", "LinuxSystem", "MusterAPI", "APIClient"]),
        program("muster", ["MusterCommands"]),
        program("musterd", ["MusterDaemon"]),
        // Runs on any Linux, also where there is nothing but a kernel: no shared library at all.
        program("muster-agent", ["MusterAgent"], linker: [.unsafeFlags(["-static-executable"])]),
        .executableTarget(
            name: "early-init", path: "Sources/Programs/early-init",
            linkerSettings: [.unsafeFlags(["-static-executable", "-nostartfiles"])]),
        // Tests
    ]
)
