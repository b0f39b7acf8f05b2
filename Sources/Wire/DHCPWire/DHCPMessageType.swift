/// What a DHCP message is for (option 53; RFC 2132, section 9.6).
public enum DHCPMessageType: UInt8, Sendable, Hashable, CaseIterable {
    case discover = 1
    case offer = 2
    case request = 3
    case decline = 4
    case acknowledge = 5
    case refuse = 6
    case release = 7
    case inform = 8

    /// The name that RFC 2131 uses, without the leading `DHCP`.
    public var name: String {
        switch self {
        case .discover: "DISCOVER"
        case .offer: "OFFER"
        case .request: "REQUEST"
        case .decline: "DECLINE"
        case .acknowledge: "ACK"
        case .refuse: "NAK"
        case .release: "RELEASE"
        case .inform: "INFORM"
        }
    }
}
