import MusterBase
import OSFamilies
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Each format for each machine, held against files of Golden. The whole-system tests give these to the programs that read
/// such files.
@Suite("what installers and systems read of a network plan")
struct NetworkRendererTests {
    private static func text(_ files: [NetworkFile]) -> String {
        files.map { "==> \($0.path) \(String($0.mode, radix: 8))\n\($0.text)" }.joined()
    }

    static let formats: [String: @Sendable (NetworkPlan) throws -> String] = [
        "networkd": { text(NetworkdFiles($0).files) },
        "networkmanager": { text(NetworkManagerFiles($0).files) },
        "netplan": { text(NetplanFile($0).files) },
        "ifupdown": { text(IfupdownFiles($0).files) },
        "network-scripts": { text(NetworkScriptsFiles($0).files) },
        "wicked": {
            text(WickedFiles($0).files) + "==> settings\n"
                + WickedFiles($0).settings(in: "A=1\nNETCONFIG_DNS_STATIC_SERVERS=\"\"\nB=2\n")
        },
        "kickstart": {
            KickstartNetwork($0).lines(hostName: SearchDomain("n1.cluster.example")).map { $0 + "\n" }.joined()
        },
        "dracut": { DracutNetwork($0).arguments.map { $0 + "\n" }.joined() },
        "netcfg": { NetcfgAnswers($0).lines.map { $0 + "\n" }.joined() },
        "agama": { try AgamaNetwork($0).json() + "\n" },
        "autoyast": { AutoYaSTNetwork($0).lines(hostName: SearchDomain("n1")).map { $0 + "\n" }.joined() },
        "esxi": { plan in
            let cards = [
                NetworkSample.mac(1): LinkName("vmnic0"), NetworkSample.mac(2): LinkName("vmnic1"),
            ].compactMapValues(\.self)
            let esxi = ESXiNetwork(plan)
            let commands = esxi.commands(cards: cards).map { "esxcli " + $0.joined(separator: " ") + "\n" }.joined()
            return esxi.line(hostName: SearchDomain("n1.cluster.example")) + "\n" + commands
        },
    ]

    @Test("each format is as it was checked", arguments: formats.keys.sorted(), NetworkSample.allCases)
    func golden(format: String, sample: NetworkSample) throws {
        let render = try #require(Self.formats[format])
        let text = try render(try sample.plan)
        let file = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
            .appending(path: "Golden/\(sample.rawValue).\(format)")
        let present = try? String(contentsOf: file, encoding: .utf8)
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1", present != text {
            try text.write(to: file, atomically: true, encoding: .utf8)
            Issue.record("\(file.lastPathComponent) was written anew")
        }
        #expect(present == text, "UPDATE_GOLDEN=1 writes \(file.lastPathComponent) anew")
    }
}
