import Crypto
import MusterBase

/// What a system calls itself (machine-id(5)): the same at each boot of the same machine in the same site, though
/// nothing is kept on it.
public enum MachineIdentifier {
    /// 32 hexadecimal digits, from a digest of the site's name and the firmware's UUID, or the node's name where
    /// there is none. It does not give the UUID away.
    public static func derive(site: String, uuid: MachineUUID?, node: String) -> String {
        let source = "muster machine-id\n\(site)\n\(uuid.map { "\($0)" } ?? "node \(node)")\n"
        var octets = Array(SHA256.hash(data: Array(source.utf8)).prefix(16))
        // As a random UUID of version 4 would have them (RFC 9562, section 5.4): what systemd itself makes.
        octets[6] = octets[6] & 0x0F | 0x40
        octets[8] = octets[8] & 0x3F | 0x80
        return hexText(octets)
    }
}
