import MusterBase

/// What kind of program asks, by its vendor class (option 60; RFC 2132, section 9.13).
public enum DHCPVendorClass: Sendable, Hashable {
    /// `PXEClient` or `PXEClient:Arch:xxxxx:UNDI:yyyzzz` (PXE 2.1, section 2.4.1).
    case pxeClient
    /// `HTTPClient` or `HTTPClient:Arch:xxxxx:…` (UEFI 2.10, section 24.7.2).
    case httpClient
    /// Muster's own agent.
    case musterAgent
    /// Anything else, such as `udhcp 1.36` or `anaconda-Linux`.
    case other

    public static let pxeClientText = "PXEClient"
    public static let httpClientText = "HTTPClient"
    public static let musterAgentText = "muster-agent"

    public init(octets: ArraySlice<UInt8>) {
        if octets.starts(with: DHCPVendorClass.pxeClientText.utf8) {
            self = .pxeClient
        } else if octets.starts(with: DHCPVendorClass.httpClientText.utf8) {
            self = .httpClient
        } else if octets.elementsEqual(DHCPVendorClass.musterAgentText.utf8) {
            self = .musterAgent
        } else {
            self = .other
        }
    }
}

extension DHCPOptions {
    /// The kind that option 60 names; nil when it is absent.
    public var vendorClass: DHCPVendorClass? { self[.vendorClass].map(DHCPVendorClass.init(octets:)) }
}
