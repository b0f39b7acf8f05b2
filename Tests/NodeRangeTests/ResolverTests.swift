import MusterBase
import NodeRange
import Testing

@Suite("noderange with an inventory")
struct ResolverTests {
    let site = SmallSite()

    @Test(
        "names and groups stand for the nodes that exist",
        arguments: [
            ("n1", "n1"), ("rack1", "r1u1 r1u2"), ("rack[1-2]", "r1u1 r1u2 r2u1 r2u2"),
            ("rack1-rack2", "r1u1 r1u2 r2u1 r2u2"), ("compute,-n[1-8]", "n9 n10"), ("compute@compute-login", "n1"),
            ("@rack1", "r1u1 r1u2"), ("compute,-@compute-login>2", "n2 n3"),
            ("n12,@rack1,(@rack2)", "n12 r1u1 r1u2 r2u1 r2u2"), ("empty", ""), ("compute>2", "n1 n2"),
            ("compute<9", "n10"),
        ])
    func groups(text: String, names: String) throws { #expect(try site.names(text) == names) }

    @Test("a name that exists wins over the range that it could be read as")
    func existingNameWins() throws {
        #expect(try site.names("compute-gpu") == "compute-gpu")
        #expect(try site.names("a-1") == "a-1")
        #expect(try site.names("compute-login") == "n1 n12")
        #expect(try site.names("n1-n3") == "n1-n3")
        #expect(try site.names("n1-n4") == "n1 n2 n3 n4")
    }

    @Test(
        "regular expressions match anywhere in the name",
        arguments: [
            ("~^n1$", "n1"), ("~u2", "r1u2 r2u2"), ("~r(1|2)u1", "r1u1 r2u1"), ("~^n[12]$,-n1", "n2"),
            ("~'^n1'@~'2$'", "n12"), ("~n\\d{2},a-1", "a-1 n10 n11 n12"), ("(~^a,~gpu)", "a-1 a-4 compute-gpu"),
        ])
    func regexes(text: String, names: String) throws { #expect(try site.names(text) == names) }

    @Test(
        "attributes are compared",
        arguments: [
            ("location.rack=7", "n1 n2"), ("compute@location.rack!=7,-n[5-10]", "n3 n4"),
            ("location.rack=~[78]", "n1 n2 n3"), ("n[1-4]@location.rack!~7", "n3 n4"), ("n[1-4]@location.rack=", "n4"),
            ("groups=compute-login", "n1"), ("n[1-2]@groups!=compute-login", "n2"),
            ("info.note='spare, (broken)'", "n4"), ("location.rack=8,n1", "n1 n3"),
        ])
    func attributes(text: String, names: String) throws { #expect(try site.names(text) == names) }

    @Test("a name that does not exist is named, with its place")
    func unknownName() {
        let error = #expect(throws: MusterError.self) { try site.names("n1,n77") }
        #expect(error?.code == .notFound)
        #expect(error?.message == "noderange 'n1,n77', column 4: there is no node or group 'n77'")
        let many = #expect(throws: MusterError.self) { try site.names("n[1-50]") }
        #expect(many?.message.hasSuffix("there is no node or group 'n13', 'n14', 'n15' and 35 more") == true)
    }

    @Test("an unknown attribute keeps the inventory's words and gets a place")
    func unknownAttribute() {
        let error = #expect(throws: MusterError.self) { try site.names("n1@colour=red") }
        #expect(error?.message == "noderange 'n1@colour=red', column 4: there is no attribute 'colour'")
    }

    @Test("regular expressions and attributes need an inventory", arguments: ["~n1", "location.rack=7", "n1,(~n)"])
    func needInventory(text: String) {
        let error = #expect(throws: MusterError.self) { try pure(text) }
        #expect(error?.message.contains("needs an inventory") == true)
    }
}
