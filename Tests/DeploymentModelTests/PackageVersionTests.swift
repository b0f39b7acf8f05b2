import DeploymentModel
import Testing

@Suite("the order of package versions")
struct PackageVersionTests {
    /// Each older than the next: as `dpkg --compare-versions` says of them.
    @Test(
        "Debian's order",
        arguments: [
            ["1.0~~", "1.0~~a", "1.0~", "1.0", "1.0-1", "1.0-1+b1", "1.0a", "1.0+1", "1.0.1"],
            ["3.0.9-1", "3.0.15-1~deb12u1", "3.0.15-1", "3.0.15-1+deb12u1", "3.0.15.1-1", "1:0.1-1", "10:0"],
            ["2.36-9+deb12u4", "2.36-9+deb12u10", "2.36-10", "2.37"], ["0", "00a", "1", "001.1"], ["", "0.1"],
        ])
    func debian(versions: [String]) { expectAscending(versions, .debian) }

    /// As rpm's own tests have it.
    @Test(
        "RPM's order",
        arguments: [
            ["1.0~rc1", "1.0~rc2", "1.0", "1.0^", "1.0^git1", "1.0.1", "1.1", "2.0"],
            ["2.a", "2.0", "2.0.1", "2.0.1a"], ["5.5p1", "5.5p2", "5.5p10"], ["xyz", "10xyz"],
            ["1.0-1.el9", "1.0-2.el9", "1.0-2.el9_1", "1:0.1-1"], ["6.0", "6.0.rc1"], ["10b2", "10a1.1"],
        ])
    func rpm(versions: [String]) {
        // The last two are told apart by letters.
        expectAscending(versions == ["10b2", "10a1.1"] ? versions.reversed() : versions, .rpm)
    }

    private func expectAscending(
        _ versions: [String], _ order: PackageVersionOrder, _ place: SourceLocation = #_sourceLocation
    ) {
        for (left, a) in versions.enumerated() {
            for (right, b) in versions.enumerated() {
                let difference = order.compare(a, b)
                #expect(difference.signum() == (left - right).signum(), "\(a) and \(b)", sourceLocation: place)
            }
        }
    }

    @Test("what is the same in other words is the same")
    func same() {
        #expect(PackageVersionOrder.debian.compare("0:1.0-0", "1.00-0") == 0)
        #expect(PackageVersionOrder.debian.compare("1.0-", "1.0") == 0)
        #expect(PackageVersionOrder.rpm.compare("2_0", "2.0") == 0)
        #expect(PackageVersionOrder.rpm.compare("1.0", "1.0-3.el9") == 0)
        #expect(PackageVersionOrder(distribution: "ubuntu") == .debian)
        #expect(PackageVersionOrder(distribution: "rocky") == .rpm)
    }

    @Test("a requirement is a name, or a name with a relation and a version")
    func requirements() throws {
        let openssl = try #require(PackageRequirement("openssl>=3.0.15"))
        #expect(openssl.package == "openssl" && openssl.relation == .atLeast && openssl.version == "3.0.15")
        #expect(openssl.isMet(by: "3.0.15-1~deb12u1", .debian))
        #expect(!openssl.isMet(by: "3.0.14-1", .debian))
        #expect(try #require(PackageRequirement("libc6 = 2.36-9")).isMet(by: "2.36-9", .debian))
        #expect(try #require(PackageRequirement("a<1")).isMet(by: "0.9", .rpm))
        #expect(try #require(PackageRequirement("bash")).isMet(by: "anything", .rpm))
        for text in ["", ">=1", "a>=", "a=>1", "a b>=1", "a=<2", "a><1"] {
            #expect(PackageRequirement(text) == nil, "\(text)")
        }
    }
}
