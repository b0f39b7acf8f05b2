import MusterAPI
import MusterBase
import OSFamilies

/// The network of a system that debian-installer has installed, where it takes more than the one address that the
/// installer itself has written.
package struct DebianNetwork: Sendable {
    private let plan: NetworkPlan

    package init(configuration: NodeConfiguration, boot: NetworkState) {
        plan = NetworkPlan(of: configuration, on: boot)
    }

    /// Nothing for a system that has not ifupdown: netcfg has told another program then, and that one is not known here.
    package func changes(in tree: RootTree) -> [RootChange] {
        let hasIfupdown = ["/usr/sbin/ifup", "/sbin/ifup"].contains(where: tree.exists)
        guard plan.isMoreThanBootAddress, hasIfupdown else { return [] }
        return IfupdownFiles(plan).files.map(RootChange.init)
    }
}
