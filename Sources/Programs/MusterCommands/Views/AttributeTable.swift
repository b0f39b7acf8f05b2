import MusterAPI

/// One attribute of one node or group a line, so that grep finds it with its owner.
struct AttributeTable {
    private let kind: InventoryKind
    private let list: AttributeList
    private let blame: Bool

    init(_ kind: InventoryKind, _ list: AttributeList, blame: Bool) {
        self.kind = kind
        self.list = list
        self.blame = blame
    }

    func render(_ style: TextStyle) -> [UInt8] {
        var columns = [
            TextTable.Column(kind.noun.uppercased()), .init("ATTRIBUTE"), .init("VALUE", shrinks: !blame),
        ]
        if blame { columns += [.init("FROM"), .init("EXPRESSION", shrinks: true)] }
        var table = TextTable(columns)
        for item in list.items {
            for attribute in item.attributes {
                var row = [TextTable.Cell(item.name), .init(attribute.name), value(of: attribute)]
                if blame { row += [.init(attribute.origin), .init(attribute.expression ?? "")] }
                table.add(row)
            }
        }
        return table.render(style)
    }

    private func value(of attribute: AttributeList.Attribute) -> TextTable.Cell {
        if let error = attribute.error { return TextTable.Cell("error: \(error)", .bad) }
        return TextTable.Cell(attribute.value ?? "-")
    }
}
