import MusterBase
import NodeRange
import Testing

@Suite("noderange without an inventory")
struct ExpansionTests {
    @Test(
        "each form of a range gives its names",
        arguments: [
            ("n1", "n1"),
            ("n1-n4", "n1 n2 n3 n4"),
            ("n1:n4", "n1 n2 n3 n4"),
            ("n[1-3,7]", "n1 n2 n3 n7"),
            ("n[1:3]", "n1 n2 n3"),
            ("n[1-10:3]", "n1 n4 n7 n10"),
            ("n[1-20:2]", "n1 n3 n5 n7 n9 n11 n13 n15 n17 n19"),
            ("n[5-2005:1000]", "n5 n1005 n2005"),
            ("n[005-2005:1000]", "n005 n1005 n2005"),
            ("n[5]", "n5"),
            ("[1-3]", "1 2 3"),
            ("1-3", "1 2 3"),
            ("n[1-2]-ib", "n1-ib n2-ib"),
            ("n1-ib-n3-ib", "n1-ib n2-ib n3-ib"),
            ("r[1-2]u[1-3]", "r1u1 r1u2 r1u3 r2u1 r2u2 r2u3"),
            ("r1u1-r2u3", "r1u1 r1u2 r1u3 r2u1 r2u2 r2u3"),
            ("r1u01:r2u02", "r1u01 r1u02 r2u01 r2u02"),
            ("a-1-a-3", "a-1 a-2 a-3"),
            ("n1.site-n2.site", "n1.site n2.site"),
            ("n1-n1", "n1"),
        ])
    func forms(text: String, names: String) throws { #expect(try pure(text) == names) }

    @Test(
        "leading zeros are kept",
        arguments: [
            ("n[08-11]", "n08 n09 n10 n11"), ("n08-n11", "n08 n09 n10 n11"), ("n[098-101]", "n098 n099 n100 n101"),
            ("n[08-101:31]", "n08 n39 n70 n101"), ("n[00-02]", "n00 n01 n02"), ("n[0-2]", "n0 n1 n2"),
            ("n[1,01,001]", "n001 n01 n1"),
        ])
    func padding(text: String, names: String) throws { #expect(try pure(text) == names) }

    @Test(
        "a name that only looks like a range stays a name", arguments: ["compute-gpu", "a-1", "n1-40", "a-a", "a-b-c"])
    func plainNames(name: String) throws { #expect(try pure(name) == name) }

    @Test(
        "operations are worked off from left to right",
        arguments: [
            ("n1,n3", "n1 n3"), ("n[1-5],-n3", "n1 n2 n4 n5"), ("n[1-5],-n3,n3", "n1 n2 n3 n4 n5"),
            ("n[1-5]@n[4-9]", "n4 n5"), ("n1,n2@n2", "n2"), ("n1,(n2@n2)", "n1 n2"),
            ("n[1-9],-(n[1-5],-n3)", "n3 n6 n7 n8 n9"), ("n[1-9]>3", "n1 n2 n3"), ("n[1-9]<3", "n4 n5 n6 n7 n8 n9"),
            ("n[1-9]<3>2", "n4 n5"), ("n[1-9]>3<2", "n3"), ("n[1-3]>0", ""), ("n[1-3]<9", ""), ("n[1-3],-n[1-3]", ""),
            ("n[1-9],-n1,-n2,-n[3-7]", "n8 n9"), (" n1 , n3 , -n1 ", "n3"), ("((n1))", "n1"), ("@n1", "n1"),
            ("n1,-n9", "n1"),
        ])
    func operations(text: String, names: String) throws { #expect(try pure(text) == names) }

    @Test("names come in natural order, each once")
    func naturalOrder() throws {
        #expect(try pure("n10,n9,n1,b2,b10,n9,a") == "a b2 b10 n1 n9 n10")
        #expect(try pure("n[3,1-2,2]") == "n1 n2 n3")
        #expect(try pure("n[1-2][1-12]").hasPrefix("n11 n12 n13"))
        #expect(try NodeRange("n[1-11][1-11]").expand().count == 120)
    }

    @Test("a set as large as the limit is given, a larger one refused")
    func limit() throws {
        #expect(try NodeRange("n[1-1000000]").expand().count == 1_000_000)
        #expect(throws: MusterError.self) { try NodeRange("n[1-1000001]").expand() }
        #expect(throws: MusterError.self) { try NodeRange("n[1-11]").expand(limit: 10) }
        #expect(throws: MusterError.self) { try NodeRange("a[1-6],b[1-6]").expand(limit: 10) }
        let huge = "n" + String(repeating: "[0-999999999999999999]", count: 10)
        #expect(throws: MusterError.self) { try NodeRange(huge).expand() }
    }

    @Test("a short text cannot ask for endless work")
    func budget() {
        let text = "n[1-10000]" + String(repeating: ",-n1,n1", count: 1_000)
        let error = #expect(throws: MusterError.self) { try NodeRange(text).expand(limit: 10_000) }
        #expect(error?.message.contains("too much work") == true)
    }
}
