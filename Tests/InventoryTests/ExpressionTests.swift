import Inventory
import MusterBase
import NodeRange
import TestSupport
import Testing

@Suite("attribute expressions")
struct ExpressionTests {
    /// What an expression gives for `r2u07`, serial `J301`.
    private func value(_ expression: String, node: String = "r2u07") throws -> String? {
        var inventory = Inventory()
        try inventory.make(
            .defineNodes([node], [Assignment("id.serial", .set, "J301"), Assignment("custom.x", .set, expression)]))
        return try inventory.value("custom.x", of: node)
    }

    @Test(
        "numbers of the name, arithmetic, formats, methods, slices",
        arguments: [
            ("10.1.{n1}.{n2+1}", "10.1.2.8"), ("{node}-ib", "r2u07-ib"), ("{nodename}", "r2u07"),
            ("{id.serial}", "J301"),
            ("{n0}", "7"), ("{n2:03d}", "007"), ("{n2*4:x}", "1c"), ("{n2+3:02X}", "0A"), ("{n2:b}", "111"),
            ("{n2:o}", "7"),
            ("{ n1 + 1 }", "3"), ("{(n2-1)/4+1}", "2"), ("{(n2-1)%4+1}", "3"), ("{n2//2}", "3"), ("{-n1}", "-2"),
            ("{-7/2}", "-4"), ("{-7%4}", "1"), ("{1-2-3}", "-4"), ("{2+3*4}", "14"), ("{(2+3)*4}", "20"),
            ("{n1:5}|", "    2|"),
            ("{node:>8}", "   r2u07"), ("{node:<8}|", "r2u07   |"), ("{node:*^9}", "**r2u07**"), ("{-5:04d}", "-005"),
            ("{node.upper()}", "R2U07"), ("{'ABC'.lower()}", "abc"), ("{node.replace('u','unit')}", "r2unit07"),
            ("{node.removeprefix('r')}", "2u07"), ("{node.removesuffix('07')}", "r2u"),
            ("{node.removeprefix('x')}", "r2u07"),
            ("{' a '.strip()}", "a"), ("{node.strip('r7')}", "2u0"), ("{node.lstrip('r')}", "2u07"),
            ("{node.rstrip('7')}", "r2u0"),
            ("{node.split('u')[0]}", "r2"), ("{node.split('u')[-1]}", "07"), ("{node.split('u')}", "r2,07"),
            ("{node[0]}", "r"), ("{node[1:3]}", "2u"), ("{node[:2]}", "r2"), ("{node[-2:]}", "07"),
            ("{node[9:]}x", "x"),
            ("{node.split('u')[0].upper()}", "R2"), ("{id.serial.lower()}", "j301"), ("{id.serial[1:]}", "301"),
            ("{int(id.serial[1:])+1}", "302"), ("{'n'+str(n1)}", "n2"), ("{\"a\" + 'b'}", "ab"), ("{{{n1}}}", "{2}"),
            ("{{}}", "{}"), ("a{{b}}c", "a{b}c"), ("{'1'+'2'}", "12"), ("{node[1]+1}", "3"),
        ])
    func values(expression: String, expected: String) throws { #expect(try value(expression) == expected) }

    @Test(
        "a fault is refused with attribute, place and what is wrong",
        arguments: [
            ("{n1", 1, "'}' is missing"), ("10.1.{n1.3/16", 6, "'}' is missing"), ("{n1.{n2}", 1, "'}' is missing"),
            ("n}", 2, "without a '{'"), ("{}", 2, "is expected"),
            ("{n1 n2}", 5, "is expected"),
            ("{n1+}", 5, "is expected"), ("{(n1}", 2, "')' is missing"), ("{'a}", 2, "closing quote"),
            ("{node.size()}", 7, "no method 'size'"), ("{node.upper(1)}", 7, "takes 0 arguments"),
            ("{node.split()}", 7, "takes 1 argument"), ("{n1:q}", 5, "a format such as"),
            ("{n1:9999d}", 5, "a format such as"),
            ("{id.serail}", 2, "did you mean id.serial"), ("{99999999999999999999}", 2, "too large"),
            ("{node[1}", 6, "']' is missing"),
            ("{int(1,2)}", 2, "one argument"), ("{n9}", 2, "has 2 numbers"), ("{n1/0}", 4, "division by zero"),
            ("{n1%0}", 4, "division by zero"), ("{node+1}", 6, "cannot be added"), ("{node*2}", 2, "is no number"),
            ("{node:d}", 2, "is no number"), ("{9223372036854775807+n1}", 21, "too large"),
            ("{node[9]}", 6, "no element 9"),
            ("{node.replace('','x')}", 7, "not empty"), ("{crypted.rootpassword}", 2, "is secret"),
            ("{custom.x}", 2, "needs itself: custom.x → custom.x"),
        ])
    func faults(expression: String, column: Int, problem: String) {
        let error = #expect(throws: MusterError.self) { try value(expression) }
        #expect(error?.code == .invalidInput)
        #expect(error?.message.hasPrefix("attribute custom.x") == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("column \(column): ") == true, "\(error?.message ?? "")")
        #expect(error?.message.contains(problem) == true, "\(error?.message ?? "")")
    }

    @Test("a fault that only some nodes have names the first of them")
    func faultNamesNode() throws {
        var inventory = Inventory()
        let error = #expect(throws: MusterError.self) {
            try inventory.defineNodes("n[1-300]", "net.ipv4_address=10.1.0.{n1}/16")
        }
        #expect(error?.message.contains("of node n256") == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("'10.1.0.256/16' is not allowed") == true, "\(error?.message ?? "")")
        #expect(inventory.nodeNames.isEmpty)
    }

    @Test("a value that needs an unset attribute is unset, until that is set")
    func unset() throws {
        var inventory = Inventory()
        try inventory.defineNodes("n1", "custom.label={id.serial}-x", "custom.far={custom.label}!")
        #expect(try inventory.value("custom.label", of: "n1") == nil)
        #expect(try inventory.value("custom.far", of: "n1") == nil)
        let shown = try inventory.attributes(of: "n1").first { $0.name == "custom.label" }
        #expect(shown?.problem == nil)
        #expect(shown?.needed == "id.serial")
        try inventory.setNodes("n1", "id.serial=J9")
        #expect(try inventory.value("custom.far", of: "n1") == "J9-x!")
    }

    @Test("a cycle over several attributes is found")
    func cycle() {
        var inventory = Inventory()
        let error = #expect(throws: MusterError.self) {
            try inventory.defineNodes("n1", "custom.a={custom.b}", "custom.b={custom.c}", "custom.c={custom.a}")
        }
        #expect(error?.message.contains("custom.a → custom.b → custom.c → custom.a") == true, "\(error?.message ?? "")")
    }

    @Test("values that double each other end at the limit of length, quickly")
    func doubling() {
        var inventory = Inventory()
        let error = #expect(throws: MusterError.self) {
            try inventory.make(
                .defineNodes(
                    ["n1"],
                    (0..<30).map { level in
                        Assignment(
                            "custom.a\(level)", .set, level == 29 ? "x" : "{custom.a\(level + 1)}{custom.a\(level + 1)}"
                        )
                    }))
        }
        #expect(error?.message.contains("more than 65536 octets") == true, "\(error?.message ?? "")")
    }

    @Test("nesting and size are bounded")
    func bounds() {
        #expect(throws: MusterError.self) { try Expression("{" + String(repeating: "(", count: 3000) + "1") }
        #expect(throws: MusterError.self) { try Expression("{1" + String(repeating: "+1", count: 1500) + "}") }
        #expect(throws: MusterError.self) { try Expression("{node" + String(repeating: "[:]", count: 1000) + "}") }
        #expect(throws: MusterError.self) { try Expression("{n1}" + String(repeating: "x", count: 5000)) }
    }

    @Test("random text gives an expression or an error, never a trap", arguments: 0..<10 as Range<UInt64>)
    func neverTraps(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let parts = [
            "{", "}", "{{", "n1", "n2", "node", "+", "-", "*", "/", "%", "(", ")", "[", "]", ":", "0", "9", "-1", "'",
            "'a'",
            ".upper()", ".split('u')", ".replace('a','b')", ".strip(", "id.serial", ":x", ":>9", ",", " ", "ö", "\0",
            "9223372036854775807",
        ]
        for _ in 0..<2_000 {
            var text = "{"
            for _ in 0..<Int.random(in: 1...9, using: &generator) {
                text += parts.randomElement(using: &generator) ?? ""
            }
            if Bool.random(using: &generator) { text += "}" }
            _ = try? value(text)
        }
    }
}
