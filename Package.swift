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

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: dependencies, path: "Tests/\(name)Tests", exclude: exclude,
        swiftSettings: settings)
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let nio = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioTLS = Target.Dependency.product(name: "NIOTLS", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let asn1 = Target.Dependency.product(name: "SwiftASN1", package: "swift-asn1")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let x509 = Target.Dependency.product(name: "X509", package: "swift-certificates")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let metricsTests = Target.Dependency.product(name: "MetricsTestKit", package: "swift-metrics")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let histogram = Target.Dependency.product(name: "Histogram", package: "hdrhistogram-swift")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")

// Programs carry the Swift runtime with them, so that they run where Swift is not installed. Only the linking differs:
// everything is compiled once, for programs and tests alike (docs/decisions/0004-one-build.md).
let foundationParts = ["-l_FoundationCShims", "-l_FoundationCollections"]
let statically: [LinkerSetting] = [
    .unsafeFlags(
        ["-static-stdlib", "-lFoundationInternationalization", "-lCoreFoundation", "-l_FoundationICU", "-lstdc++"]
            + foundationParts)
]
// Without symbols it is 25 MB in the place of 39, in the memory of each machine that runs it.
let wholly: [LinkerSetting] = [.unsafeFlags(["-static-executable", "-Xlinker", "-s"] + foundationParts)]
/// For a program that stands on system calls alone.
let freestanding: [LinkerSetting] = [
    .unsafeFlags([
        "-static-stdlib", "-nostartfiles", "-Xclang-linker", "-nostdlib", "-Xclang-linker", "-static",
    ])
]

let package = Package(
    name: "muster",
    products: [
        .executable(name: "muster", targets: ["muster"]),
        .executable(name: "musterd", targets: ["musterd"]),
        .executable(name: "muster-agent", targets: ["muster-agent"]),
        .executable(name: "early-init", targets: ["early-init"]),
        // For Benchmarks/.
        .library(
            name: "MusterInventory", targets: ["MusterBase", "NodeRange", "Inventory", "Store", "InventoryStore"]),
        .library(name: "MusterCertificates", targets: ["MusterBase", "CertificateAuthority"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-certificates.git", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-asn1.git", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics.git", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-system.git", from: "1.8.1"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1", traits: []),
        .package(url: "https://github.com/hummingbird-project/swift-mustache.git", from: "2.1.1"),
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift.git", from: "0.2.0"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
        .package(url: "https://github.com/swiftlang/swift-subprocess.git", from: "1.0.2", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
    ],
    targets: [
        // Base
        .target(name: "CLinux", path: "Sources/Base/CLinux"),
        .systemLibrary(
            name: "CArchive", path: "Sources/Base/CArchive", pkgConfig: "libarchive",
            providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(
            name: "CZstd", path: "Sources/Base/CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        module(.base, "LinuxSystem", ["CLinux", "MusterBase", subprocess, system]),
        module(.base, "MusterBase"),
        // Wire
        module(.wire, "DHCPWire", ["MusterBase"]),
        module(.wire, "DiskFormats", ["MusterBase"]),
        module(.wire, "FUSEWire", ["MusterBase"]),
        module(.wire, "SSHWire", ["MusterBase"]),
        module(.wire, "TFTPWire", ["MusterBase"]),
        // Model
        module(.model, "BootPolicy", ["MusterBase", "DHCPWire", "DeploymentModel"]),
        module(.model, "DeploymentModel", ["MusterBase"]),
        module(.model, "Inventory", ["MusterBase", "DeploymentModel", "NodeRange"]),
        module(.model, "MusterAPI", ["MusterBase", "DeploymentModel"]),
        module(.model, "NodeRange", ["MusterBase"]),
        module(.model, "OSFamilies", ["MusterBase", "DeploymentModel"]),
        // Adapters
        module(.adapters, "APIClient", ["MusterBase", "MusterAPI", nio, nioHTTP1, nioPosix, nioSSL, nioTLS]),
        module(.adapters, "CertificateAuthority", ["LinuxSystem", "MusterBase", "SSHWire", crypto, asn1, x509]),
        module(.adapters, "ImageChunks", ["MusterBase", crypto]),
        module(.adapters, "Images", [
            "CZstd", "ImageChunks", "LinuxSystem", "MusterBase", "DiskFormats", "DeploymentModel", "MusterAPI",
            "StrictYAML", crypto,
        ]),
        module(.adapters, "InventoryStore", ["MusterBase", "Inventory", "NodeRange", "Store"]),
        module(.adapters, "Media", ["LinuxSystem", "MusterBase", "MusterAPI", "OSFamilies"]),
        module(.adapters, "MediaImport", [
            "CArchive", "LinuxSystem", "Media", "MusterAPI", "MusterBase", "OSFamilies", crypto,
        ]),
        module(.adapters, "Profiles", [
            "LinuxSystem", "MusterBase", "DeploymentModel", "NodeRange", "Images", "Media", "OSFamilies", "StrictYAML",
            mustache,
        ]),
        module(.adapters, "Store", ["MusterBase"]),
        module(.adapters, "StoreSQLite", ["MusterBase", "Store", grdb]),
        module(.adapters, "StrictYAML", ["MusterBase", yams]),
        module(.adapters, "Telemetry", [metrics]),
        // Services
        module(.services, "DHCPService", [
            "CLinux", "LinuxSystem", "MusterBase", "DHCPWire", "BootPolicy", logging, metrics, nio, nioPosix,
            lifecycle,
        ]),
        module(.services, "DeployService", [
            "LinuxSystem", "MusterBase", "DHCPWire", "BootPolicy", "DeploymentModel", "Inventory", "MusterAPI",
            "NodeRange", "Images", "InventoryStore", "Profiles", "Store", crypto, logging, lifecycle,
        ]),
        module(.services, "TFTPService", [
            "CLinux", "LinuxSystem", "MusterBase", "TFTPWire", logging, metrics, nio, nioPosix, lifecycle,
        ]),
        module(.services, "WebService", [
            "CLinux", "MusterBase", "MusterAPI", httpTypes, hummingbirdCore, logging, metrics, nio, nioHTTP1,
            nioHTTPTypes, nioPosix, nioSSL, lifecycle,
        ]),
        // Programs
        module(.programs, "Lab", ["CLinux", "LinuxSystem", "MusterBase"]),
        module(.programs, "MusterAgent", [
            "CLinux", "LinuxSystem", "MusterBase", "DHCPWire", "DiskFormats", "FUSEWire", "SSHWire", "DeploymentModel",
            "MusterAPI", "APIClient", "ImageChunks", "OSFamilies", crypto, nio, nioPosix,
        ]),
        module(.programs, "MusterCommands", [
            "CLinux", "LinuxSystem", "MusterBase", "DeploymentModel", "Inventory", "MusterAPI", "NodeRange",
            "APIClient", "CertificateAuthority", "Images", "Media", "MediaImport", "OSFamilies", "Profiles", "Lab",
            "Simulator",
            argumentParser,
        ]),
        module(.programs, "MusterDaemon", [
            "LinuxSystem", "MusterBase", "BootPolicy", "MusterAPI", "CertificateAuthority", "Images", "InventoryStore",
            "Profiles", "Store", "StoreSQLite", "StrictYAML", "Telemetry", "DHCPService", "DeployService",
            "TFTPService", "WebService", argumentParser, logging, metrics, lifecycle, nio,
        ]),
        module(.programs, "Simulator", [
            "CLinux", "LinuxSystem", "MusterBase", "DHCPWire", "DiskFormats", "SSHWire", "TFTPWire", "DeploymentModel",
            "MusterAPI", "APIClient", crypto, histogram, nio, nioPosix, nioSSL, nioTLS,
        ]),
        program("muster", ["MusterCommands"], linker: statically),
        program("musterd", ["MusterDaemon"], linker: statically),
        // Runs on any Linux, also where there is nothing but a kernel: no shared library at all.
        program("muster-agent", ["MusterAgent"], linker: wholly),
        .executableTarget(
            name: "early-init", path: "Sources/Programs/early-init",
            linkerSettings: freestanding),
        // Tests
        // What several of them use; only they may (Tests/ArchitectureTests).
        .target(
            name: "TestSupport", dependencies: ["CLinux", "LinuxSystem", "MusterBase", logging, lifecycle],
            path: "Tests/TestSupport", swiftSettings: settings),
        tests("APIClient", ["MusterBase", "MusterAPI", "APIClient", "TestSupport", nio, nioHTTP1, nioPosix, nioSSL]),
        tests("Architecture", []),
        tests("BootPolicy", ["MusterBase", "DHCPWire", "BootPolicy", "DeploymentModel", "TestSupport"]),
        tests("CertificateAuthority", [
            "MusterBase", "SSHWire", "CertificateAuthority", "TestSupport", crypto, asn1, x509,
        ]),
        tests("DHCPService", [
            "LinuxSystem", "MusterBase", "DHCPWire", "BootPolicy", "DeploymentModel", "DHCPService", "TestSupport",
            metricsTests, nio, nioPosix,
        ]),
        tests("DHCPWire", ["MusterBase", "DHCPWire", "TestSupport"]),
        tests("DeployService", [
            "LinuxSystem", "MusterBase", "DHCPWire", "BootPolicy", "DeploymentModel", "Inventory", "InventoryStore",
            "Images", "MusterAPI", "NodeRange", "Profiles", "Store", "DeployService", "TestSupport", crypto,
        ]),
        tests("DeploymentModel", ["MusterBase", "DeploymentModel"]),
        tests("DiskFormats", ["LinuxSystem", "MusterBase", "DiskFormats", "TestSupport"]),
        tests("Images", [
            "LinuxSystem", "MusterBase", "DiskFormats", "DeploymentModel", "ImageChunks", "Images", "TestSupport", crypto,
        ]),
        tests("FUSEWire", ["MusterBase", "FUSEWire", "TestSupport"]),
        tests("InventoryStore", ["MusterBase", "Inventory", "NodeRange", "InventoryStore", "Store"]),
        tests("Inventory", ["MusterBase", "DeploymentModel", "Inventory", "NodeRange", "TestSupport"]),
        tests("Lab", ["LinuxSystem", "MusterBase", "Lab", "TestSupport"]),
        tests("LinuxSystem", ["LinuxSystem", "MusterBase", "TestSupport"]),
        tests("MediaImport", [
            "CArchive", "LinuxSystem", "Media", "MediaImport", "MusterAPI", "MusterBase", "OSFamilies", "TestSupport", crypto,
        ]),
        tests("MusterAPI", ["MusterBase", "DeploymentModel", "MusterAPI"]),
        tests("MusterAgent", [
            "LinuxSystem", "MusterBase", "DHCPWire", "DiskFormats", "FUSEWire", "SSHWire", "DeploymentModel",
            "MusterAPI", "APIClient", "ImageChunks", "MusterAgent", "OSFamilies", "TestSupport", crypto,
        ]),
        tests("MusterBase", ["MusterBase"]),
        tests("MusterCommands", [
            "LinuxSystem", "MusterBase", "DeploymentModel", "Inventory", "MusterAPI", "CertificateAuthority", "Media", "MediaImport",
            "MusterCommands", "OSFamilies", "TestSupport", argumentParser,
        ], exclude: ["Golden"]),
        tests("MusterDaemon", [
            "LinuxSystem", "MusterBase", "DHCPWire", "BootPolicy", "MusterAPI", "Store", "Telemetry", "DHCPService",
            "DeployService", "TFTPService", "WebService", "MusterDaemon", "TestSupport", logging, metrics, nio, nioPosix,
            lifecycle,
        ]),
        tests("NodeRange", ["MusterBase", "NodeRange", "TestSupport"]),
        tests("OSFamilies", ["MusterBase", "DeploymentModel", "OSFamilies", "TestSupport"], exclude: ["Golden"]),
        tests("Profiles", [
            "LinuxSystem", "MusterBase", "DeploymentModel", "MusterAPI", "Images", "Media", "MediaImport", "OSFamilies", "Profiles",
            "TestSupport",
        ]),
        tests("SSHWire", ["MusterBase", "SSHWire", "TestSupport", crypto]),
        tests("Simulator", [
            "CLinux", "MusterBase", "DHCPWire", "TFTPWire", "BootPolicy", "DeploymentModel", "MusterAPI", "Simulator",
            "TestSupport", nio,
        ]),
        tests("StoreSQLite", ["MusterBase", "Store", "StoreSQLite", "TestSupport", grdb]),
        tests("Store", ["MusterBase", "Store", "StoreSQLite", "TestSupport"]),
        tests("System", [
            "LinuxSystem", "MusterBase", "DeploymentModel", "MusterAPI", "Lab", "Simulator", "TestSupport",
        ]),
        tests("TFTPService", ["MusterBase", "TFTPWire", "TFTPService", "TestSupport", nio, nioPosix]),
        tests("TFTPWire", ["MusterBase", "TFTPWire", "TestSupport"]),
        tests("Telemetry", ["Telemetry", metrics]),
        tests("WebService", [
            "MusterBase", "MusterAPI", "APIClient", "WebService", "TestSupport", nio, nioEmbedded, nioHTTP1, nioPosix,
        ]),
    ]
)
