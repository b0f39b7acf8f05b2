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
                if blame { row += [origin(of: attribute), expression(of: attribute)] }
                table.add(row)
            }
        }
        return table.render(style)
    }

    private func value(of attribute: AttributeList.Attribute) -> TextTable.Cell {
        if let error = attribute.error { return TextTable.Cell("error: \(error)", .bad) }
        return TextTable.Cell(attribute.value ?? "-")
    }

    private func origin(of attribute: AttributeList.Attribute) -> TextTable.Cell {
        TextTable.Cell(attribute.needed.map { "\(attribute.origin), but \($0) is not set" } ?? attribute.origin)
    }

    /// On a group an expression is not computed: it stands as the value already.
    private func expression(of attribute: AttributeList.Attribute) -> TextTable.Cell {
        TextTable.Cell(attribute.expression == attribute.value ? "" : attribute.expression ?? "")
    }
}
