/// What UEFI's boot manager holds, as efibootmgr(8) prints it.
package struct FirmwareBootOrder: Sendable, Hashable {
    /// The entry that this machine started from: four hexadecimal digits, as are all numbers of entries.
    package var current: String?
    package var order: [String] = []
    /// Labels by number.
    package var entries: [String: String] = [:]

    package init(_ text: String) {
        for line in text.split(separator: "\n") {
            if line.hasPrefix("BootCurrent: ") {
                current = String(line.dropFirst("BootCurrent: ".count))
            } else if line.hasPrefix("BootOrder: ") {
                order = line.dropFirst("BootOrder: ".count).split(separator: ",").map(String.init)
            } else if line.hasPrefix("Boot"), line.count > 8, line.dropFirst(4).prefix(4).allSatisfy(\.isHexDigit) {
                let label = line.dropFirst(8).drop { $0 == "*" || $0 == " " }.prefix { $0 != "\t" }
                entries[String(line.dropFirst(4).prefix(4))] = String(label)
            }
        }
    }

    /// The order with an entry right behind the one that this machine started from, which comes first: a machine that came
    /// over the network does so again, and finds its disk when nobody wants anything else.
    package func orderBehindCurrent(_ entry: String) -> [String] {
        let order = order.filter { entries[$0] != nil }
        let current = current.flatMap { entries[$0] == nil ? nil : $0 }
        return (current.map { [$0] } ?? []) + [entry] + order.filter { $0 != entry && $0 != current }
    }

    /// The order with an entry in the place of former ones of its label, where the operator may have put them. Without
    /// any it comes right behind the one that this machine started from.
    ///
    /// Numbers without an entry, which some firmware keeps, are left out: efibootmgr takes no order with one.
    ///
    /// - Parameter label: of the former ones.
    package func order(with entry: String, inPlaceOf label: String) -> [String] {
        let order = order.filter { entries[$0] != nil }
        let former = order.filter { entries[$0] == label }
        guard let place = former.first else { return orderBehindCurrent(entry) }
        return order.compactMap { $0 == place ? entry : former.contains($0) || $0 == entry ? nil : $0 }
    }
}
