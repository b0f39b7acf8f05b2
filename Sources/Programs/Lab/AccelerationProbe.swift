import Glibc
import LinuxSystem
import MusterBase

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Finds out whether KVM runs machines here. That /dev/kvm can be opened says little: in a nested virtual machine QEMU
/// may die at its start, or the guest stand still. So a guest without a disk is run until its BIOS says so.
package struct AccelerationProbe: Sendable {
    package struct Result: Codable, Sendable, Hashable {
        package let acceleration: LabAcceleration
        /// Why not KVM, in a few words for people; nil with KVM.
        package let reason: String?
        /// The start of the host that this was found out in.
        package let bootID: String

        package init(acceleration: LabAcceleration, reason: String?, bootID: String) {
            self.acceleration = acceleration
            self.reason = reason
            self.bootID = bootID
        }
    }

    let tools: any ToolRunner
    /// Where the result is kept.
    let cache: String
    let device: String
    let bootID: String

    package init(tools: any ToolRunner, cache: String, device: String = "/dev/kvm", bootID: String? = nil) {
        self.tools = tools
        self.cache = cache
        self.device = device
        self.bootID = bootID ?? Self.currentBootID()
    }

    private static func currentBootID() -> String {
        let text = try? Files.readText("/proc/sys/kernel/random/boot_id")
        return String((text ?? "unknown").prefix { !$0.isWhitespace })
    }

    /// The result of this start of the host, from the cache when it is there.
    package func run(limit: Duration = .seconds(8)) async -> Result {
        guard Files.isWritable(device) else {
            // Not cached: the permission may be given at any time.
            let reason = Files.exists(device) ? "no permission to use \(device)" : "this host has no \(device)"
            return Result(acceleration: .emulation, reason: reason, bootID: bootID)
        }
        if let bytes = try? Files.read(cache), let known = try? JSONDecoder().decode(Result.self, from: Data(bytes)),
            known.bootID == bootID
        {
            return known
        }
        let reason = await tryGuest(limit: limit)
        let result = Result(acceleration: reason == nil ? .kvm : .emulation, reason: reason, bootID: bootID)
        if let bytes = try? JSONEncoder().encode(result) { try? AtomicFile.write(bytes, to: cache) }
        return result
    }

    /// The BIOS finds no device and restarts the machine, which ends QEMU.
    package static let arguments = [
        "-accel", "kvm", "-cpu", "host", "-machine", "q35,graphics=off", "-m", "64M", "-nodefaults",
        "-no-user-config", "-display", "none", "-no-reboot", "-boot", "menu=off,reboot-timeout=1",
        "-chardev", "stdio,id=debug", "-device", "isa-debugcon,iobase=0x402,chardev=debug",
    ]

    /// nil when the guest ran to its end, else why not.
    private func tryGuest(limit: Duration) async -> String? {
        let tools = tools
        return await withTaskGroup(of: String?.self) { group in
            group.addTask { await Self.runGuest(tools) }
            group.addTask {
                do { try await Task.sleep(for: limit) } catch { return nil }
                return "a guest stands still"
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }

    private static func runGuest(_ tools: any ToolRunner) async -> String? {
        do {
            let result = try await tools.run(.qemuX86, arguments)
            if result.exitCode == 0 {
                return result.text.contains("No bootable device") ? nil : "a guest does not run to its end"
            }
            let words = String(decoding: result.standardError, as: UTF8.self).split(whereSeparator: \.isNewline)
            return words.first.map(String.init) ?? "QEMU ended with status \(result.exitCode)"
        } catch {
            return (error as? MusterError)?.message ?? "\(error)"
        }
    }
}

extension Files {
    /// True when this process may write to what has that name.
    fileprivate static func isWritable(_ path: String) -> Bool { access(path, R_OK | W_OK) == 0 }
}
