import LinuxSystem
import MusterBase

/// The kernel's table of IPv4 routes, as text.
package enum RouteTable {
    /// Where the routes lead to, without the one to everywhere.
    package static func destinations() throws -> [IPv4Address] {
        destinations(in: try Files.readText("/proc/self/net/route", limit: 1 << 20))
    }

    /// - Parameter table: a head line, then interface, destination, gateway and so on: numbers in hexadecimal digits, in
    ///   the byte order of the machine.
    package static func destinations(in table: String) -> [IPv4Address] {
        table.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(whereSeparator: { $0 == "\t" || $0 == " " })
            guard fields.count > 1, let number = UInt32(fields[1], radix: 16), number != 0 else { return nil }
            return IPv4Address(rawValue: UInt32(bigEndian: number))
        }
    }
}
