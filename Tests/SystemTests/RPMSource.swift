import LinuxSystem
import MusterBase
import TestSupport

/// A small signed repository of rpm packages: a system that has a shell and a kernel, as far as an image needs them.
struct RPMSource {
    let directory: TemporaryDirectory
    private let tools = SystemToolRunner()

    static let kernel = "5.14.0-1.x86_64"

    var repository: String { directory.path("repository") }
    var key: String { directory.path("keys/test.asc") }
    var uri: String { "file://\(repository)" }

    /// Makes key, packages and index.
    init() async throws {
        directory = try TemporaryDirectory()
        // Also for those who build without root.
        try Files.setMode(directory.path, 0o755)
        for name in ["gnupg", "keys", "repository", "specs"] { try Files.createDirectory(directory.path(name)) }
        try Files.setMode(directory.path("gnupg"), 0o700)
        try await makeKey("test")
        try await build("base-files", "11.1", Self.baseFiles)
        try await build("kernel-core", "5.14.0", Self.kernelCore)
        try await build("test-release", "9.4", Self.release)
        try await sign("test", ["base-files", "kernel-core", "test-release"])
        try await index()
    }

    private func run(_ name: String, _ arguments: [String]) async throws -> ToolResult {
        let tool = Tool(name, candidates: ["/usr/bin/\(name)"], package: name)
        return try await tools.check(
            tool, arguments, ToolOptions(environment: ["GNUPGHOME": directory.path("gnupg")]), doing: "making packages")
    }

    /// Makes a signing key, and its public half in `keys`.
    func makeKey(_ name: String) async throws {
        _ = try await run(
            "gpg",
            [
                "--batch", "--quiet", "--passphrase", "", "--quick-generate-key", "\(name)@test.example", "rsa2048",
                "sign", "never",
            ])
        _ = try await run(
            "gpg", ["--armor", "--output", directory.path("keys/\(name).asc"), "--export", "\(name)@test.example"])
    }

    func path(of package: String) throws -> String {
        let name = try Files.names(in: repository).first { $0.hasPrefix("\(package)-") && $0.hasSuffix(".rpm") }
        guard let name else { throw MusterError(.notFound, "there is no package \(package)") }
        return "\(repository)/\(name)"
    }

    func sign(_ key: String, _ packages: [String]) async throws {
        _ = try await run(
            "rpmsign",
            ["--define", "__gpg /usr/bin/gpg", "--define", "_gpg_name \(key)@test.example", "--resign"]
                + packages.map(path))
    }

    func index() async throws { _ = try await run("createrepo_c", ["--quiet", repository]) }

    /// - Parameter rest: of the spec file, from its dependencies on.
    func build(_ name: String, _ version: String, _ rest: String) async throws {
        let spec = directory.path("specs/\(name).spec")
        let head = """
            Name: \(name)
            Version: \(version)
            Release: 1
            Summary: \(name)
            License: none
            %global debug_package %{nil}
            %global __os_install_post %{nil}
            %global _build_id_links none

            """
        try Files.write(head + rest, to: spec)
        let format = "%%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm"
        _ = try await run(
            "rpmbuild",
            [
                "-bb", "--quiet", "--target", "x86_64", "--define", "_topdir \(directory.path("rpmbuild"))", "--define",
                "_build_name_fmt \(format)", "--define", "_rpmdir \(repository)", spec,
            ])
    }

    private static let baseFiles = """
        Provides: /bin/sh

        %description
        Directories, accounts and a shell.

        %install
        for d in etc usr/bin usr/sbin usr/lib usr/lib64 var/lib var/tmp root proc sys dev boot home run tmp srv; do
            mkdir -p %{buildroot}/$d
        done
        cp /bin/busybox %{buildroot}/usr/bin/busybox
        for a in sh ls cat id rm mkdir chown touch tr hostname sleep ps stat depmod; do
            ln -s busybox %{buildroot}/usr/bin/$a
        done
        for d in bin sbin lib lib64; do ln -s usr/$d %{buildroot}/$d; done
        printf 'root:x:0:0:root:/root:/bin/sh\\nbatch:x:2001:2001::/srv:/bin/sh\\n' > %{buildroot}/etc/passwd
        printf 'root:x:0:\\nbatch:x:2001:\\n' > %{buildroot}/etc/group

        %files
        /
        %caps(cap_net_raw=ep) /usr/bin/busybox
        """

    private static let kernelCore = """
        Requires(post): /bin/sh

        %description
        A kernel that boots nothing.

        %install
        mkdir -p %{buildroot}/usr/lib/modules/\(kernel)
        cd %{buildroot}/usr/lib/modules/\(kernel)
        echo kernel > vmlinuz
        echo CONFIG_RD_ZSTD=y > config
        touch modules.dep modules.alias modules.builtin

        %files
        /usr/lib/modules

        %post
        test -c /dev/null && test -e /proc/self/status && echo made > /root/kernel-was-here
        """

    static let release = """
        %description
        Says what this is.

        %install
        mkdir -p %{buildroot}/usr/lib %{buildroot}/etc
        printf 'ID=rocky\\nVERSION_ID="9.4"\\n' > %{buildroot}/usr/lib/os-release
        ln -s ../usr/lib/os-release %{buildroot}/etc/os-release

        %files
        /usr/lib/os-release
        /etc/os-release
        """
}
