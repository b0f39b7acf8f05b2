import CLinux
import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Loads the modules that this machine's devices want.
public final class ModuleLoader {
    private let directory: String
    private let index: ModuleIndex
    private var seen: Set<String> = []
    /// Modules that are there, by our doing.
    public private(set) var loaded: [String] = []
    /// Modules that the kernel did not take, with its reason.
    public private(set) var refused: [String: String] = [:]

    /// - Parameters:
    ///   - release: The running kernel's, as `uname -r` says it.
    ///   - root: Where the tree is mounted that has the modules; empty for the initramfs.
    /// - Throws: `notFound` when there are no modules for this kernel.
    public init(release: String, root: String = "") throws {
        let candidates = ["/usr/lib/modules/\(release)", "/lib/modules/\(release)"].map { root + $0 }
        guard let found = candidates.first(where: { Files.exists($0 + "/modules.dep") }) else {
            throw MusterError(
                .notFound, "\(root.isEmpty ? "the initramfs" : "the image") has no drivers for the kernel \(release)",
                advice: "whether kernel and initramfs are of the same version of the image")
        }
        directory = found
        index = try ModuleIndex(directory: found)
    }

    public var count: Int { index.count }

    /// Loads a module by name, with all that it needs. False when the initramfs does not have it: then it may be built
    /// into the kernel.
    @discardableResult
    public func load(_ module: String) -> Bool {
        let order = index.loadOrder(of: module)
        for path in order { loadFile(path) }
        return !order.isEmpty
    }

    /// Looks at all devices once and loads what they want. A driver makes new devices, so this is called until nothing
    /// is new. True when something was loaded.
    ///
    /// - Parameter isWanted: whether to load the module at this path below the modules' directory.
    public func loadForDevices(where isWanted: (String) -> Bool = { _ in true }) -> Bool {
        let before = loaded.count
        for modalias in ModuleLoader.modaliases() where seen.insert(modalias).inserted {
            for module in index.modules(for: modalias) where index.path(of: module).map(isWanted) != false {
                load(module)
            }
        }
        return loaded.count > before
    }

    private func loadFile(_ path: String) {
        let name = ModuleIndex.name(path)
        guard !loaded.contains(name), refused[name] == nil else { return }
        let file = open(directory + "/" + path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            refused[name] = "\(KernelError.last)"
            return
        }
        defer { close(file) }
        // The kernel unpacks compressed modules by itself when it is told that they are.
        let isPacked = !path.hasSuffix(".ko")
        if muster_finit_module(file, "", isPacked ? 4 : 0) == 0 || errno == EEXIST {
            loaded.append(name)
        } else if errno != ENODEV, isPacked, loadByProgram(name) {
            loaded.append(name)
        } else if errno == ENODEV {
            // The driver looked and found none of its hardware.
            refused[name] = "no such hardware"
        } else {
            refused[name] = "\(KernelError.last)"
        }
    }

    /// Kernels before 5.17 do not unpack modules; the initramfs of an installer then has a program that does.
    private func loadByProgram(_ name: String) -> Bool {
        let reason = errno
        defer { errno = reason }
        guard let program = ["/sbin/modprobe", "/usr/sbin/modprobe"].first(where: Files.exists),
            let process = try? ChildProcess.spawn(program, ["-q", name], log: "/dev/null", newSession: false)
        else { return false }
        return (try? ChildProcess.wait(process)) == 0
    }

    /// The modaliases of all devices, each once.
    private static func modaliases() -> Set<String> {
        var found: Set<String> = []
        var waiting = ["/sys/devices"]
        while let directory = waiting.popLast() {
            for entry in (try? Files.entries(in: directory)) ?? [] {
                let path = directory + "/" + entry.name
                if entry.isDirectory {
                    waiting.append(path)
                } else if entry.name == "modalias", let text = try? Files.readText(path, limit: 65536) {
                    let line = text.prefix { !$0.isNewline }
                    if !line.isEmpty { found.insert(String(line)) }
                }
            }
        }
        return found
    }
}
